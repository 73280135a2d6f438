"""CloudEvents 1.0, Kafka protocol binding, binary mode: what we write, read by the official SDK."""

import json

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat

from schemas.cloudevents import headers_for
from schemas.event import Event
from schemas.topics import TICKETS_ROUTED, TOPICS, Topic
from tests.support.builders import RECEIVED_AT
from tests.support.shipped_examples import an_example

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
JSON = JSONFormat()


def a_message(topic: Topic[Event], traceparent: str | None = TRACE) -> KafkaMessage:
    """The topic's example as a record."""
    headers = headers_for(
        topic,
        event_id="T-EFXBY9J9J79H:2",
        time=RECEIVED_AT,
        subject="T-EFXBY9J9J79H",
        partition_key="T-EFXBY9J9J79H",
        traceparent=traceparent,
    )
    return KafkaMessage(dict(headers), b"T-EFXBY9J9J79H", an_example(topic).write())


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_official_sdk_reads_every_topic(topic: Topic[Event]) -> None:
    """It refuses attributes that are missing, of a wrong type or oddly named."""
    event = from_binary_event(a_message(topic), JSON)

    assert ("1.0", f"/stellwerk/{topic.name}", topic.event_type) == (
        event.get_specversion(),
        event.get_source(),
        event.get_type(),
    )
    assert ("T-EFXBY9J9J79H:2", "T-EFXBY9J9J79H") == (event.get_id(), event.get_subject())
    assert RECEIVED_AT == event.get_time()
    assert "application/json" == event.get_datacontenttype()
    assert f"urn:stellwerk:schema:{topic.name}:v1" == event.get_dataschema()
    assert json.loads(an_example(topic).write()) == event.get_data()


def test_the_partition_key_is_the_records_key() -> None:
    """Extension `partitionkey`: the SDK takes it from the record, and it is what the header says."""
    message = a_message(TICKETS_ROUTED)
    event = from_binary_event(message, JSON)
    assert message.headers["ce_partitionkey"].decode() == event.get_extension("partitionkey")


@pytest.mark.parametrize("needed", ["ce_source", "ce_type"])
def test_the_check_sees_what_is_missing(needed: str) -> None:
    """The SDK refuses an event without it (a missing id it would make up: ours is compared above)."""
    message = a_message(TICKETS_ROUTED)
    headers = {name: value for name, value in message.headers.items() if name != needed}
    with pytest.raises(CloudEventValidationError):
        from_binary_event(KafkaMessage(headers, message.key, message.value), JSON)
