"""Takes up again what has no receipt: the lost record is published to the lane that read it.

Only what a judged report calls missing: while a transaction hides records nothing is repaired. See
workers/processors/take_up.py for why doing it twice, or the lost mail's turning up after all, is harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas import topics
from schemas.mail import Source
from schemas.take_up import TakeUp
from workers.ports import InRecord, OutRecord
from workers.processors.conservation_log import ConservationLog
from workers.processors.take_up import take_up_record
from workers.routing.conservation import Balance, Missing


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """`orders` to publish; `gone`: lost, and no longer kept anywhere."""

    orders: tuple[OutRecord, ...]
    gone: tuple[Source, ...]


async def plan_repair(
    log: ConservationLog, balances: Sequence[Balance], *, actor: str, at: datetime
) -> RepairPlan:
    """One order for each missing delivery that is still kept, in the order of acceptance."""
    orders: list[OutRecord] = []
    gone: list[Source] = []
    for balance in balances:
        for missing in balance.missing:
            source = Source(
                topic=topics.MAIL_INBOUND.name, partition=balance.partition, offset=missing.offset
            )
            record, where = await _lost_record(log, source, missing)
            if record is None:
                gone.append(source)
            else:
                orders.append(take_up_record(_order(source, where, record, actor, at), record))
    return RepairPlan(tuple(orders), tuple(gone))


async def _lost_record(
    log: ConservationLog, source: Source, missing: Missing
) -> tuple[InRecord | None, Source]:
    if missing.forward is None:
        return await log.inbound(source.partition, source.offset), source
    partition, offset = missing.forward
    where = Source(topic=topics.MAIL_FORWARDED.name, partition=partition, offset=offset)
    return await log.forwarded(partition, offset), where


def _order(source: Source, where: Source, record: InRecord, actor: str, at: datetime) -> TakeUp:
    return TakeUp(
        action="repair",
        record=where,
        source=source,
        attempt=0,
        timestamp_ms=record.timestamp_ms,
        actor=actor,
        at=at,
    )
