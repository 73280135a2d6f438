"""The examples in schemas/examples, one story, as events with other values where a test names them."""

import json
from importlib import resources
from typing import Any, TypeVar

import schemas
from schemas.event import Event
from schemas.topics import Topic

M = TypeVar("M", bound=Event)


def an_example(topic: Topic[M], **fields: Any) -> M:
    """The topic's example. `fields` replace whole top-level fields, as JSON has them."""
    text = (resources.files(schemas) / "examples" / f"{topic.name}.json").read_text("utf-8")
    return topic.model.model_validate_json(json.dumps(json.loads(text) | fields, default=str))
