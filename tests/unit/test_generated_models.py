"""A downstream team's own model, made of the published schemas by datamodel-code-generator: it reads what we write."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from schemas import topics
from schemas.event import Event
from schemas.topics import MAIL_DEAD_LETTER, TOPICS, Topic
from tests.support.shipped_examples import an_example
from tests.unit.processors.test_route import World, a_record, world

__all__ = ["world"]

SCHEMAS = Path(__file__).parents[2] / "schemas" / "published" / "schemas"
DOWNSTREAM = [each for each in TOPICS if each.audience == "downstream"]
WITH_EXAMPLE = [each for each in TOPICS if each is not MAIL_DEAD_LETTER]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module for each topic."""
    directory = tmp_path_factory.mktemp("generated")
    command: list[str | Path] = [
        *(sys.executable, "-m", "datamodel_code_generator"),
        *("--input", SCHEMAS, "--input-file-type", "jsonschema", "--output", directory),
        *("--output-model-type", "pydantic_v2.BaseModel", "--target-python-version", "3.11"),
        *("--formatters", "builtin", "--use-standard-collections", "--use-union-operator"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert 0 == done.returncode, done.stderr
    return directory


def model_of(generated: Path, topic: Topic[Event]) -> Any:
    """The generated class of a topic's events."""
    name = f"{topic.name}.v1".replace(".", "_").replace("-", "_")
    spec = importlib.util.spec_from_file_location(f"generated_{name}", generated / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return getattr(module, topic.model.__name__)


def through(model: Any, value: bytes) -> bytes:
    """What the other model makes of an event."""
    there: str = model.model_validate_json(value).model_dump_json(exclude_unset=True, by_alias=True)
    return there.encode()


@pytest.mark.parametrize("topic", WITH_EXAMPLE, ids=lambda topic: topic.name)
def test_a_published_example_goes_through_the_model_unharmed(generated: Path, topic: Topic[Event]) -> None:
    """Nothing is lost, nothing is misread."""
    example = an_example(topic)
    assert example == topic.model.read(through(model_of(generated, topic), example.write()))


async def test_real_events_go_through_the_models_unharmed(world: World, generated: Path) -> None:
    """All that routing writes for a mail and a command."""
    mail, command = an_example(topics.MAIL_INBOUND), an_example(topics.TICKETS_COMMANDS)
    outcome = await world.decide(
        a_record("mail.inbound", mail, 1041), a_record("tickets.commands", command, 7)
    )
    written = [(topic, r.value) for topic in TOPICS for r in outcome.outputs if r.topic == topic.name]
    assert {"tickets.routed", "messages.privacy-tagged", "tickets.sla"} <= {
        topic.name for topic, _ in written
    }
    for topic, value in written:
        assert value is not None
        assert topic.model.read(value) == topic.model.read(through(model_of(generated, topic), value))


@pytest.mark.parametrize("topic", DOWNSTREAM, ids=lambda topic: topic.name)
def test_a_field_that_comes_later_disturbs_nobody(generated: Path, topic: Topic[Event]) -> None:
    """Within v1 events only grow."""
    grown = {**json.loads(an_example(topic).write()), "a_field_of_tomorrow": 1}
    assert model_of(generated, topic).model_validate_json(json.dumps(grown))
