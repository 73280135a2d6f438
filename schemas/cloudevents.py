"""CloudEvents 1.0 in binary mode, and W3C Trace Context, as Kafka headers. DESIGN part 4."""

from datetime import UTC, datetime
from hashlib import sha256

from schemas.event import Event
from schemas.topics import Topic

Headers = tuple[tuple[str, bytes], ...]

SOURCE = "/stellwerk"


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
    written = time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    values = (
        ("ce_specversion", "1.0"),
        ("ce_id", event_id),
        ("ce_source", SOURCE),
        ("ce_type", topic.event_type),
        ("ce_time", written),
        ("ce_subject", subject),
        ("ce_partitionkey", partition_key),
        ("ce_dataschema", f"urn:stellwerk:schema:{topic.name}:v1"),
        ("content-type", "application/json"),
        *((("traceparent", traceparent),) if traceparent else ()),
    )
    return tuple((name, value.encode()) for name, value in values)


def header(headers: Headers, name: str) -> str | None:
    """The last header of this name, decoded with replacement."""
    found = [value for key, value in headers if key == name]
    return found[-1].decode("utf-8", "replace") if found else None


def child_traceparent(traceparent: str | None, seed: str) -> str | None:
    """The same trace with a span id derived from `seed`, so that a decision made twice is the same bytes.

    None for a parent that is missing or not version 00 (W3C Trace Context §3.2).
    """
    if traceparent is None:
        return None
    parts = traceparent.split("-")
    if len(parts) != 4 or parts[0] != "00" or len(parts[1]) != 32:
        return None
    return f"00-{parts[1]}-{sha256(seed.encode()).hexdigest()[:16]}-{parts[3]}"
