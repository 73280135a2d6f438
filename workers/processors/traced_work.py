"""What a lane's record has to do with traces: whose work wrote it, and which span its own work is."""

from __future__ import annotations

from schemas.cloudevents import header
from schemas.trace_context import TraceContext
from workers.ports import InRecord
from workers.work_ports import Place, Stage, Tracing, Work


def trace_of(record: InRecord, tracing: Tracing, attempt: int = 0) -> TraceContext | None:
    """The span of the work on this record: a batch that is decided again has the same.

    Its seed holds the time at which the broker took the record, since offsets begin anew with a new topic.
    """
    place = f"{record.topic}-{record.partition}-{record.offset}"
    return tracing.follow(_written_by(record), f"{place}:{attempt}@{record.timestamp_ms}")


def work_on(
    record: InRecord, stage: Stage, outcome: str, trace: TraceContext | None, **ids: str | None
) -> Work:
    """`ids` that are None are left out."""
    known = {name: value for name, value in ids.items() if value is not None}
    place = Place(record.topic, record.partition, record.offset)
    return Work(stage, outcome, known, place, trace, _written_by(record))


def _written_by(record: InRecord) -> TraceContext | None:
    return TraceContext.read(header(record.headers, "traceparent"))
