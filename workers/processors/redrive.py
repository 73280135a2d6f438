"""Orders to the lanes to try dead letters again or to give them up, and the wait for what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.decision import RoutingDecision
from schemas.mail import Source, Supersedes
from schemas.take_up import TakeUp
from schemas.topics import ROUTING_DECISIONS
from workers.ports import InRecord
from workers.processors.conservation_log import about
from workers.processors.dead_letters import SetAside
from workers.processors.take_up import take_up_record
from workers.processors.topic_reader import Positions, RecordWriter, TopicReader

Action = Literal["redrive", "discard"]


@dataclass(frozen=True, slots=True)
class Result:
    """`receipt` None: not decided in time; it is on its way all the same."""

    letter: SetAside
    receipt: RoutingDecision | None


def order_for(letter: SetAside, action: Action, *, actor: str, at: datetime) -> TakeUp:
    """The next attempt. Two operators make the same order, and the lane carries out one of them."""
    attempt = letter.letter.attempt
    return TakeUp(
        action=action,
        record=letter.record,
        source=letter.source,
        attempt=attempt + 1,
        supersedes=Supersedes(attempt=attempt, outcome="dead-lettered"),
        timestamp_ms=letter.original.timestamp_ms,
        actor=actor,
        at=at,
    )


async def carry_out(
    reader: TopicReader,
    writer: RecordWriter,
    letters: Sequence[SetAside],
    action: Action,
    *,
    actor: str,
    at: datetime,
    wait_seconds: float = 30.0,
) -> list[Result]:
    """Publish the orders, oldest first (so that a ticket's mails keep their order), and wait for the receipts.

    Doing it again, or by two at once, changes nothing. Raises `DependencyUnavailable`.
    """
    start = await reader.ends([ROUTING_DECISIONS])
    in_order = sorted(letters, key=lambda f: (f.record.partition, f.record.topic, f.record.offset))
    orders = [(letter, order_for(letter, action, actor=actor, at=at)) for letter in in_order]
    await writer.write([take_up_record(order, letter.original) for letter, order in orders])
    receipts = await _receipts(reader, start, [order for _, order in orders], wait_seconds)
    return [Result(letter, receipts.get(_key(order.source, order.attempt))) for letter, order in orders]


_Key = tuple[str, int, int, int]


def _key(source: Source, attempt: int) -> _Key:
    return source.topic, source.partition, source.offset, attempt


async def _receipts(
    reader: TopicReader, start: Positions, orders: Sequence[TakeUp], wait_seconds: float
) -> dict[_Key, RoutingDecision]:
    wanted = {_key(order.source, order.attempt) for order in orders}
    found: dict[_Key, RoutingDecision] = {}
    try:
        async with asyncio.timeout(wait_seconds):
            async for record in reader.follow(start):
                _take(record, wanted, found)
                if len(found) == len(wanted):
                    break
    except TimeoutError:
        return found
    return found


def _take(record: InRecord, wanted: set[_Key], found: dict[_Key, RoutingDecision]) -> None:
    receipt = about(record)
    if receipt and (key := _key(receipt.source, receipt.attempt)) in wanted:
        found[key] = RoutingDecision.read(record.value or b"")
