"""Proven automatic answers that opened no ticket and joined none: listed, and revived where one was wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.decision import RoutingDecision
from schemas.mail import Supersedes
from schemas.take_up import TakeUp
from schemas.topics import ROUTING_DECISIONS
from workers.ports import InRecord
from workers.processors.conservation_log import ConservationLog, of_a_delivery
from workers.processors.take_up_orders import Order, carry_out
from workers.processors.topic_reader import RecordWriter, TopicReader

OUTCOME = "suppressed"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """`at_ms`: when it was decided, ms since the epoch."""

    receipt: RoutingDecision
    at_ms: int


async def list_suppressed(reader: TopicReader, since: datetime | None = None) -> list[Suppressed]:
    """Those that no later attempt superseded, oldest first. `since` (aware): decided at or after it."""
    last: dict[tuple[int, int], tuple[int, Suppressed | None]] = {}
    async for record in reader.read(ROUTING_DECISIONS, since=since):
        found = of_a_delivery(record)
        if found is None:
            continue
        place = found.source.partition, found.source.offset
        if found.attempt >= last.get(place, (0, None))[0]:
            entry = _suppressed(record)
            if entry is not None or place in last:
                last[place] = found.attempt, entry
    return sorted((entry for _, entry in last.values() if entry), key=lambda entry: entry.at_ms)


def _suppressed(record: InRecord) -> Suppressed | None:
    if b'"suppressed"' not in (record.value or b""):
        return None
    receipt = RoutingDecision.read(record.value or b"")
    return Suppressed(receipt, record.timestamp_ms) if receipt.outcome == OUTCOME else None


async def release(
    reader: TopicReader,
    writer: RecordWriter,
    log: ConservationLog,
    chosen: Sequence[Suppressed],
    *,
    actor: str,
    at: datetime,
    wait_seconds: float,
) -> list[RoutingDecision | None]:
    """Decide them anew, this time as mail of a person; the receipts, None where not in time or no longer kept."""
    orders: dict[int, Order] = {}
    for number, entry in enumerate(chosen):
        source = entry.receipt.source
        if (original := await log.inbound(source.partition, source.offset)) is not None:
            orders[number] = order_for(entry.receipt, original, actor=actor, at=at), original
    receipts = await carry_out(reader, writer, list(orders.values()), wait_seconds)
    by_number = dict(zip(orders, receipts, strict=True))
    return [by_number.get(number) for number in range(len(chosen))]


def order_for(receipt: RoutingDecision, original: InRecord, *, actor: str, at: datetime) -> TakeUp:
    return TakeUp(
        action="release",
        record=receipt.source,
        source=receipt.source,
        attempt=receipt.attempt + 1,
        supersedes=Supersedes(attempt=receipt.attempt, outcome=OUTCOME),
        timestamp_ms=original.timestamp_ms,
        actor=actor,
        at=at,
    )
