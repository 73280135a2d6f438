"""CloudEvents 1.0 in binary mode, and W3C Trace Context, as Kafka headers. DESIGN part 4."""

from datetime import UTC, datetime

from schemas.event import Event
from schemas.topics import Topic

Header = tuple[str, bytes]
Headers = tuple[Header, ...]

_VERSION: Header = ("ce_specversion", b"1.0")
_CONTENT_TYPE: Header = ("content-type", b"application/json")


def headers_for(
    topic: Topic[Event],
    *,
    event_id: str,
    time: datetime,
    subject: str,
    partition_key: str,
    traceparent: str | None = None,
) -> Headers:
    """The headers of one event. `time` is the time of its cause (aware), `subject` the ticket's id."""
    written = time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    source, event_type, data_schema = _OF_TOPIC.get(topic.name) or _of_topic(topic)
    headers = (
        _VERSION,
        ("ce_id", event_id.encode()),
        source,
        event_type,
        ("ce_time", written.encode() + b"Z"),
        ("ce_subject", subject.encode()),
        ("ce_partitionkey", partition_key.encode()),
        data_schema,
        _CONTENT_TYPE,
    )
    return (*headers, ("traceparent", traceparent.encode())) if traceparent else headers


_OF_TOPIC: dict[str, tuple[Header, Header, Header]] = {}
"""Some hundred thousand times the same few octets."""


def _of_topic(topic: Topic[Event]) -> tuple[Header, Header, Header]:
    """One source per topic: source and id together are unique."""
    name = topic.name
    made = _OF_TOPIC[name] = (
        ("ce_source", f"/stellwerk/{name}".encode()),
        ("ce_type", topic.event_type.encode()),
        ("ce_dataschema", f"urn:stellwerk:schema:{name}:v1".encode()),
    )
    return made


def header(headers: Headers, name: str) -> str | None:
    """The last header of this name, decoded with replacement; None also where it is null, which Kafka allows."""
    for key, value in reversed(headers):
        if key == name:
            found: bytes | None = value
            return None if found is None else found.decode("utf-8", "replace")
    return None
