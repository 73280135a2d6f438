"""Orders in, prices out, exactly once, with workers that are killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.faults.evidence import Rec
from tests.faults.service import Service
from tests.faults.topic_reader import read_topics
from tests.support.eventually import eventually
from tests.support.services import provisioned, working
from tests.support.shop_orders import an_order, shops_producer
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

ORDERS = 400
PRICES = """\
price_lists:
  key-prices: {priority: 50, currency: EUR, items: {SKU-1: [{from: 10, price: "8.90"}]}}
products: {SKU-1: {price: "12.00", currency: EUR}}
"""


@dataclass(slots=True)
class Shop:
    """Two price workers on two partitions; the first of them also projects the directory."""

    bootstrap: str
    prefix: str
    workers: Sequence[Service]
    producer: AIOKafkaProducer

    async def place(self, key: str, value: bytes) -> None:
        await self.producer.send_and_wait(f"{self.prefix}orders.placed", value, key=key.encode())

    def read(self, topic: str) -> list[Rec]:
        return read_topics(self.bootstrap, [topic], self.prefix)[topic]

    def answers(self, order_id: str) -> list[Rec]:
        return [record for record in self.read("orders.priced") if record.json["order_id"] == order_id]

    async def kill(self, count: int) -> None:
        """The first so many workers, at once; returns when each of them has died of it and is started again."""
        killed = {worker: worker.exits + 1 for worker in self.workers[:count]}
        for worker in killed:
            worker.kill()
        await eventually(lambda: all(worker.exits >= ends for worker, ends in killed.items()), within=30)

    async def answered(self, number: int) -> list[Rec]:
        await eventually(lambda: len(self.read("orders.priced")) >= number, within=90, every=0.5)
        return self.read("orders.priced")


@pytest.fixture
async def shop(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Shop]:
    changes = {"priority: 50": "priority: 50\n    price_lists: [key-prices]", "rules:": f"{PRICES}rules:"}
    env = await provisioned(kafka, valkey, topic_prefix, tmp_path, changes)
    async with (
        working(env, tmp_path, "price project", "price") as workers,
        shops_producer(kafka.bootstrap) as producer,
    ):
        yield Shop(kafka.bootstrap, topic_prefix, workers, producer)


@pytest.mark.slow
async def test_each_order_is_priced_exactly_once_while_workers_are_killed(shop: Shop) -> None:
    """P2: kill -9 of both price workers, in turn and together, in the middle of their batches."""
    for number in range(ORDERS):
        await shop.place(f"o-{number}", an_order(number, "p1" if number % 4 else "c-nobody"))
        if number % 100 == 50:
            await shop.answered(number // 4)
            await shop.kill(1 + number // 200)
    await shop.place("broken", b'{"order_id": "broken"}')
    await shop.answered(ORDERS)
    await eventually(lambda: shop.read("mail.dead-letter"), within=30, every=0.5)

    answers = shop.read("orders.priced")
    assert Counter(f"o-{number}" for number in range(ORDERS)) == Counter(a.json["order_id"] for a in answers)
    assert {("89.00", True), (None, False)} == {(a.json["total"], a.json["priced"]) for a in answers}
    assert [b'{"order_id": "broken"}'] == [letter.raw for letter in shop.read("mail.dead-letter")]
    assert sum(worker.exits for worker in shop.workers) >= 4


@pytest.mark.slow
async def test_offsets_that_went_backwards_price_no_order_again(shop: Shop) -> None:
    """P2: after a broker's kill -9 the group's coordinator was seen answering offsets of minutes before."""
    for number in range(20):
        await shop.place(f"o-{number}", an_order(number))
    await shop.answered(20)
    for worker in shop.workers:
        await worker.stop()
    await _reset_offsets(shop)
    for worker in shop.workers:
        worker.start()
    await shop.place("o-20", an_order(20))
    await eventually(lambda: shop.answers("o-20"), within=90, every=0.5)

    assert {f"o-{number}": 1 for number in range(21)} == dict(
        Counter(each.json["order_id"] for each in shop.read("orders.priced"))
    )
    assert "committed-offset-wrong" in "".join(worker.log.read_text() for worker in shop.workers)


async def _reset_offsets(shop: Shop) -> None:
    """To the beginning, as if all that was committed had been forgotten."""
    topic = f"{shop.prefix}orders.placed"
    consumer = AIOKafkaConsumer(
        bootstrap_servers=shop.bootstrap, group_id=f"{shop.prefix}stellwerk-price", enable_auto_commit=False
    )
    await consumer.start()
    try:
        places = [TopicPartition(topic, partition) for partition in range(2)]
        consumer.assign(places)
        assert 20 == sum([await consumer.committed(place) or 0 for place in places])
        await consumer.commit(dict.fromkeys(places, 0))
    finally:
        await consumer.stop()
