"""Publishes orders to take up records again, and waits for what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from schemas.decision import RoutingDecision
from schemas.mail import Source
from schemas.take_up import TakeUp
from schemas.topics import ROUTING_DECISIONS
from workers.ports import InRecord
from workers.processors.conservation_log import about
from workers.processors.take_up import take_up_record
from workers.processors.topic_reader import Positions, RecordWriter, TopicReader

LOOK_BACK = timedelta(minutes=10)
"""Another operator's order may have been carried out while this one was being given: its receipt is the answer."""

Order = tuple[TakeUp, InRecord]
"""With the record as its lane read it first."""


async def carry_out(
    reader: TopicReader, writer: RecordWriter, orders: Sequence[Order], wait_seconds: float
) -> list[RoutingDecision | None]:
    """The receipts in the order of the orders; None: not decided in time, it is on its way all the same.

    Publishes in the order of the records, so that a ticket's mails keep theirs. Doing it again, or by two at
    once, changes nothing. Raises `DependencyUnavailable`.
    """
    start = await reader.ends([ROUTING_DECISIONS])
    in_order = sorted(orders, key=lambda o: (o[0].record.partition, o[0].record.topic, o[0].record.offset))
    await writer.write([take_up_record(order, original) for order, original in in_order])
    receipts = await _receipts(reader, start, [order for order, _ in orders], wait_seconds)
    return [receipts.get(_key(order.source, order.attempt)) for order, _ in orders]


_Key = tuple[str, int, int, int]


def _key(source: Source, attempt: int) -> _Key:
    return source.topic, source.partition, source.offset, attempt


async def _receipts(
    reader: TopicReader, start: Positions, orders: Sequence[TakeUp], wait_seconds: float
) -> dict[_Key, RoutingDecision]:
    wanted = {_key(order.source, order.attempt) for order in orders}
    found: dict[_Key, RoutingDecision] = {}
    since = min((order.at for order in orders), default=None)
    if since is not None:
        async for record in reader.read(ROUTING_DECISIONS, since=since - LOOK_BACK):
            _take(record, wanted, found)
    if len(found) == len(wanted):
        return found
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
