"""The golden examples: one story, one event per topic, as other systems will meet them."""

import json
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from schemas.event import Event
from schemas.policy_events import PolicyVersion
from schemas.topics import TOPICS, Topic
from tests.support.example_story import EXAMPLES
from workers.routing.policy_version import is_intact

_NAMES = (
    "subject text headers attachments name file_name body content inline html "
    "address addresses mail_from rcpt_to from to cc sender envelope"
)
CONTENT_FIELDS = frozenset(_NAMES.split())
"""What a topic that others read may never carry (P5), at any depth."""

all_topics = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    return found


def example(topic: Topic[Event]) -> Event:
    return topic.model.read((EXAMPLES / f"{topic.name}.json").read_bytes())


def test_each_topic_has_one_example_and_no_other_is_there() -> None:
    """A new topic needs an example; one that is gone leaves none behind."""
    assert {f"{topic.name}.json" for topic in TOPICS} == {path.name for path in EXAMPLES.glob("*.json")}


@all_topics
def test_an_example_reads_and_writes_back(topic: Topic[Event]) -> None:
    """What is written of it is the same JSON: no field is missing in it, and none is too many."""
    assert document(topic.name) == json.loads(example(topic).write())


@all_topics
def test_unknown_fields_are_ignored_when_read(topic: Topic[Event]) -> None:
    """A newer version may have written it."""
    newer = {**document(topic.name), "added_in_v1_later": {"x": 1}}

    assert example(topic) == topic.model.read(json.dumps(newer))


@all_topics
def test_unknown_fields_are_refused_when_written(topic: Topic[Event]) -> None:
    """A misspelt field of ours must not leave the house."""
    with pytest.raises(ValidationError):
        topic.model.model_validate({**document(topic.name), "misspelt": 1})


@all_topics
def test_an_event_is_frozen(topic: Topic[Event]) -> None:
    """Nobody changes what was read."""
    field = next(iter(topic.model.model_fields))

    with pytest.raises(ValidationError):
        setattr(example(topic), field, "changed")


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from models_in(inner)


def field_names(model: type[BaseModel]) -> Iterator[str]:
    """Names of all fields, also of the models inside."""
    for name, field in model.model_fields.items():
        yield name
        for inner in models_in(field.annotation):
            yield from field_names(inner)


@pytest.mark.parametrize(
    "topic",
    [topic for topic in TOPICS if topic.audience in ("downstream", "operators")],
    ids=lambda t: t.name,
)
def test_what_others_read_has_no_field_for_content(topic: Topic[Event]) -> None:
    """P5: no subject, text, address or file name, also not inside."""
    assert set() == CONTENT_FIELDS.intersection(field_names(topic.model))


def values_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from values_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from values_in(each)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    "topic", [topic for topic in TOPICS if topic.audience != "ours"], ids=lambda topic: topic.name
)
def test_no_word_of_the_storys_mail_leaves_us(topic: Topic[Event]) -> None:
    """Made by the real decisions, so a leak there shows here."""
    leaked = [
        value
        for value in values_in(document(topic.name))
        for secret in ("printer", "jan@acme.test", "mallory", "crash.log", "smoke", "novak", "<m1@")
        if secret in value.lower()
    ]

    assert [] == leaked


def test_the_story_is_one() -> None:
    """The examples tell of one ticket, one delivery, one policy and one directory."""
    inbound, state = document("mail.inbound"), document("tickets.state")
    ticket, receipt = document("tickets.routed"), document("routing.decisions")
    of_ticket = (
        "mail.enriched",
        "tickets.commands",
        "tickets.command-results",
        "tickets.sla",
        "routing.decisions",
    )

    assert ticket == state["ticket"]
    assert {ticket["ticket_id"]} == {document(name)["ticket_id"] for name in of_ticket}
    assert inbound["ticket_id"] == ticket["ticket_id"] == document("mail.forwarded")["forwarded_from"]
    assert inbound["delivery_id"] == receipt["delivery_id"] == state["messages"][0]["delivery_id"]
    assert receipt["source"] == document("mail.enriched")["source"]
    assert document("policy.activations")["version"] == ticket["policy_version"] == receipt["policy_version"]


def test_digests_in_the_story_are_true() -> None:
    """Of the mail's octets, and of the policy."""
    inbound = document("mail.inbound")
    octets = b64decode(inbound["content"]["inline"])

    assert (inbound["size_bytes"], inbound["sha256"]) == (len(octets), sha256(octets).hexdigest())
    assert is_intact(PolicyVersion.read((EXAMPLES / "policy.versions.json").read_bytes()))
