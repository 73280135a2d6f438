"""The pricing use case: orders in, the same orders with prices out, in one transaction a batch (R30-R34).

Each record of `orders.placed` gives one of `orders.priced`, or a dead letter. An order placed again is priced
again, by the policy and directory that are live then (R34): the shop decides which of both counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pydantic import ValidationError

from schemas.dead_letter import DeadLetter
from schemas.directory_view import ResolvedContact, contact_field
from schemas.orders import PlacedOrder, PricedOrder
from schemas.policy_events import PolicyVersion
from schemas.trace_context import TraceContext
from workers.ports import BatchOutcome, InRecord, OrderObserver, OutRecord, PolicyLog, ViewReader
from workers.processors.directory_lookup import DirectoryFields, DirectoryLookup
from workers.processors.events_out import EventsOut
from workers.processors.route_inputs import MAX_ID, bug_reason, invalid_fields
from workers.processors.traced_work import trace_of, work_on
from workers.routing.pricing import price_order
from workers.work_ports import Tracing, Untraced, Work

MAX_PRICED_BYTES = 7 * 1024 * 1024
"""Of one priced order: what the topic takes, with room for headers. Longer ones are told without `looked_at`."""

_YIELD_EVERY = 20


@dataclass(frozen=True, slots=True)
class PriceDependencies:
    """`directory`: this lane's own lookup, for its cache is for one task."""

    policies: PolicyLog
    directory: DirectoryLookup
    prefix: str
    observer: OrderObserver
    tracing: Tracing = field(default_factory=Untraced)


@dataclass(frozen=True, slots=True)
class _Refused:
    """An order that has no price and no answer; `own_fault`: our code, not the shop's order (P8)."""

    stage: str
    reason: str
    own_fault: bool


class PriceLogic:
    """`LaneLogic` of one partition of `orders.placed`. Keeps no state: reads no view."""

    def __init__(self, partition: int, needs: PriceDependencies) -> None:
        self._partition = partition
        self._needs = needs

    async def acquire(self) -> None:
        await self._needs.policies.refresh()
        await self._needs.directory.acquire()

    async def decide(self, batch: Sequence[InRecord], view: ViewReader) -> BatchOutcome:
        del view
        orders = [_read(record) for record in batch]
        fields = {contact_field(order.customer_id) for order in orders if isinstance(order, PlacedOrder)}
        directory = await self._needs.directory.read(fields)
        live = self._needs.policies.current
        outputs: list[OutRecord] = []
        own_faults: list[bool] = []
        work: list[Work] = []
        for number, (record, order) in enumerate(zip(batch, orders, strict=True), 1):
            done = _priced(order, directory, live) if isinstance(order, PlacedOrder) else order
            trace = trace_of(record, self._needs.tracing)
            outputs.append(self._written(record, done, trace))
            work.append(_work(record, done, trace))
            own_faults.append(isinstance(done, _Refused) and done.own_fault)
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        return BatchOutcome(outputs, own_faults=own_faults, work=work)

    def _written(
        self, record: InRecord, done: PricedOrder | _Refused, trace: TraceContext | None
    ) -> OutRecord:
        at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
        out = EventsOut(self._needs.prefix, self._partition, record, at, trace)
        if isinstance(done, _Refused):
            self._needs.observer.set_aside(done.stage, done.own_fault)
            return out.dead_letter(_letter(record, done, at))
        self._needs.observer.priced(done.priced)
        return replace(out, at=done.placed_at).priced(done)


def _work(record: InRecord, done: PricedOrder | _Refused, trace: TraceContext | None) -> Work:
    if isinstance(done, _Refused):
        return work_on(record, "price", "dead-lettered", trace)
    return work_on(record, "price", "priced" if done.priced else "unpriced", trace, order_id=done.order_id)


def _read(record: InRecord) -> PlacedOrder | _Refused:
    """Orders are written by others: one that does not validate is not our fault."""
    try:
        order = PlacedOrder.read(record.value or b"")
    except ValidationError as error:
        return _Refused("decode", invalid_fields(error), own_fault=False)
    if max(len(order.order_id), len(order.customer_id)) > MAX_ID:
        return _Refused("decode", f"has an id of more than {MAX_ID} characters", own_fault=False)
    return order


def _priced(order: PlacedOrder, directory: DirectoryFields, live: PolicyVersion) -> PricedOrder | _Refused:
    try:
        found = directory.values.get(contact_field(order.customer_id))
        customer = None if found is None else ResolvedContact.read(found)
        return _fitting(price_order(order, customer, live, str(directory.version)))
    except Exception as error:  # noqa: BLE001  # a bug on one order: set aside, and counted by the brake (P8)
        return _Refused("price", bug_reason(error), own_fault=True)


def _fitting(priced: PricedOrder) -> PricedOrder | _Refused:
    """What can be written: an order that is too long for its topic would stop the lane for ever."""
    if len(priced.write()) <= MAX_PRICED_BYTES:
        return priced
    lines = tuple(line.model_copy(update={"looked_at": ()}) for line in priced.lines)
    short = priced.model_copy(update={"lines": lines})
    if len(short.write()) <= MAX_PRICED_BYTES:
        return short
    return _Refused("price", "has more lines than a priced order can hold", own_fault=False)


def _letter(record: InRecord, refused: _Refused, at: datetime) -> DeadLetter:
    return DeadLetter(
        stage=refused.stage,
        reason=refused.reason,
        own_fault=refused.own_fault,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        attempt=0,
        at=at,
    )
