"""Taking up a record again (repair of a loss, redrive or discard of a dead letter): exactly once, by its lane.

Whoever wants it publishes the record with a `TakeUp` header to `mail.forwarded`, in the partition of the lane
that read it first. That lane alone decides: it remembers each (record, attempt) that it took up in its ticket
view, in the transaction that decides it. The same order again, from two operators at once or from a script that
was started twice, finds it remembered and does nothing. A *repaired* record (attempt 0) that turns up after all,
for example because somebody set committed offsets back, is ignored by the same lane for the same reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from schemas import topics
from schemas.mail import Source
from schemas.take_up import HEADER, TakeUp
from workers.ports import InRecord, OutRecord

TAKEN = "~taken:"
"""Prefix of the view's fields that are no tickets. One per order carried out."""

REPAIRS = "~repairs"
"""The view's field with the records repaired, newest last: what ordinary records are compared with."""

REPAIRS_KEPT = 1_000


def is_ticket(field: str) -> bool:
    """Whether a field of the ticket view (a key of `tickets.state`) is a ticket."""
    return not field.startswith("~")


def is_order(record: InRecord) -> bool:
    """Whether the record of `mail.forwarded` is an order, and not a delivery that a lane sent on."""
    return any(name == HEADER for name, _ in record.headers)


def take_up_of(record: InRecord) -> TakeUp | None:
    """The order that the record carries. Raises `pydantic.ValidationError` for one that is not whole."""
    for name, value in record.headers:
        if name == HEADER:
            return TakeUp.read(value)
    return None


def original_record(record: InRecord, take_up: TakeUp, prefix: str) -> InRecord:
    """The record as its lane read it first."""
    return record._replace(
        topic=prefix + take_up.record.topic,
        partition=take_up.record.partition,
        offset=take_up.record.offset,
        timestamp_ms=take_up.timestamp_ms,
        headers=tuple(header for header in record.headers if header[0] != HEADER),
    )


def take_up_record(take_up: TakeUp, original: InRecord) -> OutRecord:
    """The order to publish. Its topic is without the installation's prefix, as `RecordWriter` wants it."""
    kept = tuple(header for header in original.headers if header[0] not in (HEADER, "ce_id"))
    about = take_up.source
    ce_id = f"{about.topic}-{about.partition}-{about.offset}:{take_up.attempt}"
    return OutRecord(
        topic=topics.MAIL_FORWARDED.name,
        key=original.key,
        value=original.value,
        headers=(*kept, ("ce_id", ce_id.encode()), (HEADER, take_up.write())),
        partition=take_up.record.partition,
    )


def _name(record: Source) -> str:
    return f"{record.topic}-{record.partition}-{record.offset}"


def taken_field(take_up: TakeUp) -> str:
    return f"{TAKEN}{_name(take_up.record)}:{take_up.attempt}"


class TakeUps:
    """What one lane took up before, as its view says, and in this batch. One instance per batch."""

    def __init__(self, values: Mapping[str, bytes]) -> None:
        """`values`: the view's fields of `fields_for`; missing ones are not there."""
        self._taken = {field for field in values if field.startswith(TAKEN)}
        self._repairs: list[str] = json.loads(values.get(REPAIRS, b"[]"))
        self.updates: dict[str, bytes] = {}

    @staticmethod
    def fields_for(take_ups: Iterable[TakeUp]) -> list[str]:
        """What to read of the view, in the same round trip as the tickets."""
        return [REPAIRS, *sorted({taken_field(take_up) for take_up in take_ups})]

    def admits(self, record: Source, take_up: TakeUp | None) -> bool:
        """Whether the lane decides this record now; False: it was decided already, and is passed over.

        Remembers it: call it once per record, in order, and write `updates` with what was decided.
        """
        if take_up is None:
            return not self._repairs or _name(record) not in self._repairs
        field = taken_field(take_up)
        if field in self._taken:
            return False
        self._taken.add(field)
        self.updates[field] = take_up.write()
        if take_up.attempt == 0:
            self._repairs = [*self._repairs, _name(take_up.record)][-REPAIRS_KEPT:]
            self.updates[REPAIRS] = json.dumps(self._repairs).encode()
        return True


def memory_records(updates: Mapping[str, bytes], prefix: str, partition: int) -> list[OutRecord]:
    """The updates for the view's own topic, `tickets.state`."""
    topic = topics.TICKETS_STATE.full_name(prefix)
    return [OutRecord(topic, field.encode(), value, partition=partition) for field, value in updates.items()]
