"""The pricing use case on fakes: what each record of `orders.placed` gives."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from schemas import topics
from schemas.dead_letter import HEADER, DeadLetter
from schemas.event import Event
from schemas.orders import OrderLine, PlacedOrder, PricedOrder
from schemas.policy_events import PolicyVersion
from tests.support.example_world import DIRECTORY, POLICY
from tests.support.fakes import FakeViewStore
from tests.support.shipped_examples import an_example
from workers.errors import DependencyUnavailable
from workers.ports import BatchOutcome, DirectoryPlace, InRecord
from workers.processors.directory_lookup import DirectoryLookup
from workers.processors.price import MAX_PRICED_BYTES, PriceDependencies, PriceLogic
from workers.routing.directory_index import derive
from workers.routing.policy_version import as_version
from workers.routing.pricing import NO_CUSTOMER
from workers.streams.view import NoView

LANE, VIEW = 2, "directory"


class _Policies:
    current: PolicyVersion = as_version(POLICY)

    async def refresh(self) -> None:
        """It is live already."""


class _Directory:
    async def place(self) -> DirectoryPlace:
        return DirectoryPlace(VIEW, 11)


@dataclass
class _Told:
    orders: list[bool] = field(default_factory=list)
    letters: list[tuple[str, bool]] = field(default_factory=list)

    def priced(self, completely: bool) -> None:
        self.orders.append(completely)

    def set_aside(self, stage: str, own_fault: bool) -> None:
        self.letters.append((stage, own_fault))


@dataclass
class World:
    store: FakeViewStore
    told: _Told
    logic: PriceLogic

    async def price(self, *values: Event | bytes | None) -> BatchOutcome:
        records = [
            InRecord(
                "t.orders.placed",
                LANE,
                offset,
                1_772_444_000_000,
                b"key",
                value.write() if isinstance(value, Event) else value,
            )
            for offset, value in enumerate(values, 40)
        ]
        return await self.logic.decide(records, NoView())


@pytest.fixture
async def world() -> World:
    store, told = FakeViewStore(), _Told()
    view = derive({entity.key: entity.write() for entity in DIRECTORY.entities()})
    await store.rebuild(VIEW, "owner:11", view.items())
    needs = PriceDependencies(_Policies(), DirectoryLookup(store, _Directory()), "t.", told)
    logic = PriceLogic(LANE, needs)
    await logic.acquire()
    return World(store, told, logic)


def placed(**fields: object) -> PlacedOrder:
    return an_example(topics.ORDERS_PLACED, **fields)


async def test_an_order_is_answered_with_its_prices_in_its_own_partition(world: World) -> None:
    """The published example, with the headers of an event whose id is the order's place."""
    outcome = await world.price(placed())
    [record] = outcome.outputs
    assert ("t.orders.priced", LANE, b"o-2026-0317") == (record.topic, record.partition, record.key)
    assert an_example(topics.ORDERS_PRICED).write() == record.value
    assert b"orders.placed-2-40" == dict(record.headers)["ce_id"]
    assert ([True], [False]) == (world.told.orders, list(outcome.own_faults))


async def test_each_record_gives_one_answer_in_order(world: World) -> None:
    """Whatever is wrong with those between."""
    outcome = await world.price(placed(order_id="a"), b"no JSON", None, placed(order_id="b"))
    assert ["t.orders.priced", "t.mail.dead-letter", "t.mail.dead-letter", "t.orders.priced"] == [
        record.topic for record in outcome.outputs
    ]
    assert [b"a", b"key", b"key", b"b"] == [record.key for record in outcome.outputs]


async def test_an_order_of_an_unknown_customer_is_answered_unpriced(world: World) -> None:
    """Never dropped, and never priced like somebody else's."""
    outcome = await world.price(placed(customer_id="c-nobody"))
    order = PricedOrder.read(outcome.outputs[0].value or b"")
    assert (False, NO_CUSTOMER) == (order.priced, order.reason)
    assert [False] == world.told.orders


@pytest.mark.parametrize("quantity", ["0", "-1", "1e400", "NaN", "1.5", '"x"', "null", "9" * 5_000])
async def test_an_order_that_does_not_validate_is_set_aside_as_it_came(world: World, quantity: str) -> None:
    """P8: the shop's fault, so the brake does not count it."""
    value = placed().write().replace(b'"quantity":120', f'"quantity":{quantity}'.encode())
    outcome = await world.price(value)
    [record] = outcome.outputs
    letter = DeadLetter.read(dict(record.headers)[HEADER])
    assert (value, LANE) == (record.value, record.partition)
    assert ("decode", "t.orders.placed", 40) == (letter.stage, letter.topic, letter.offset)
    assert "does not validate" in letter.reason
    assert ([("decode", False)], [False]) == (world.told.letters, list(outcome.own_faults))


async def test_a_directory_that_is_being_rebuilt_is_waited_for(world: World) -> None:
    """P6: never "no such customer"."""
    world.store.flush()
    with pytest.raises(DependencyUnavailable):
        await world.price(placed())


async def test_an_order_too_long_to_explain_is_priced_without_what_was_looked_at(world: World) -> None:
    """A record that its topic does not take would stop the lane for ever."""
    lines = tuple(OrderLine(sku="SKU-1", quantity=100) for _ in range(25_000))
    outcome = await world.price(placed().model_copy(update={"lines": lines}))
    order = PricedOrder.read(outcome.outputs[0].value or b"")
    assert len(outcome.outputs[0].value or b"") <= MAX_PRICED_BYTES
    assert (True, "22250000.00", ()) == (order.priced, order.total, order.lines[0].looked_at)


async def test_an_order_too_long_to_answer_is_set_aside(world: World) -> None:
    """Also then the order after it is priced."""
    lines = tuple(OrderLine(sku="S" * 100, quantity=1) for _ in range(40_000))
    outcome = await world.price(placed().model_copy(update={"lines": lines}), placed())
    assert ["t.mail.dead-letter", "t.orders.priced"] == [record.topic for record in outcome.outputs]
    assert [("price", False)] == world.told.letters
