"""P1 against a real broker: losses and doubles are named; delays, forwards and open transactions are not losses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from schemas.topics import MAIL_INBOUND, ROUTING_DECISIONS
from tests.support.eventually import eventually
from tests.support.own_broker import own_kafka
from tests.support.tiny_pipeline import TinyPipeline, tiny_pipeline
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_conservation import KafkaConservationLog, kafka_conservation
from workers.adapters.topics_apply import apply_topics
from workers.ports import InRecord
from workers.processors.reconcile import ContinuousReconciler, Pace, reconcile
from workers.processors.repair import plan_repair
from workers.processors.take_up import TakeUps, take_up_of
from workers.routing.conservation import Balance, Unstable

kafka = own_kafka

_GROUP = "tiny"


@pytest.fixture
async def connection(kafka: EmbeddedKafka, topic_prefix: str) -> KafkaConnection:
    connection = KafkaConnection(kafka.bootstrap, topic_prefix)
    await apply_topics(connection, partitions=2)
    return connection


@pytest.fixture
async def pipeline(connection: KafkaConnection) -> AsyncIterator[TinyPipeline]:
    async with tiny_pipeline(connection, connection.prefix + _GROUP) as pipeline:
        yield pipeline


@pytest.fixture
async def log(connection: KafkaConnection) -> AsyncIterator[KafkaConservationLog]:
    async with kafka_conservation(connection, connection.prefix + _GROUP) as log:
        yield log


async def test_a_fresh_installation_balances(log: KafkaConservationLog) -> None:
    """Given no mail and no committed offset, then nothing is missing and nothing in flight."""
    report = await reconcile(log)
    assert report.holds
    assert [0, 0] == [balance.accepted for balance in report.balances]


async def test_the_lost_and_the_doubled_are_named(pipeline: TinyPipeline, log: KafkaConservationLog) -> None:
    """Given five mails of which 1 has no receipt and 2 has two, when 4 are committed, then one is in flight."""
    await pipeline.accept(1, 5)
    await pipeline.decide(receipts=[(1, 0), (1, 2), (1, 2), (1, 3)], inbound=(1, 4))
    await pipeline.decide(receipts=[(1, 3)], attempt=1)
    report = await reconcile(log)
    balance = report.balances[1]
    assert [1] == [mail.offset for mail in balance.missing]
    assert (2,) == balance.doubled
    assert 1 == balance.in_flight
    assert 4 == balance.lowest_open
    assert report.oldest_seconds[1] < 60
    assert not report.holds


async def test_a_forwarded_mail_is_in_flight_until_its_forward_is_committed(
    pipeline: TinyPipeline, log: KafkaConservationLog
) -> None:
    """Given a mail of lane 0 forwarded to lane 1, then it is lost only when lane 1 has passed it by."""
    await pipeline.accept(0, 1)
    await pipeline.decide(forwards=[(1, (0, 0))], inbound=(0, 1))
    under_way = await reconcile(log)
    assert under_way.holds
    assert 1 == under_way.balances[0].in_flight
    await pipeline.decide(forwarded=(1, 1))
    lost = await reconcile(log)
    assert (1, 0) == lost.balances[0].missing[0].forward
    await pipeline.decide(receipts=[(0, 0)])
    assert (await reconcile(log)).holds


async def test_an_open_transaction_makes_no_loss(pipeline: TinyPipeline, log: KafkaConservationLog) -> None:
    """Given receipts behind an open transaction, then nothing is judged and the partition is named."""
    await pipeline.accept(0, 1)
    await pipeline.begin(receipts=[(0, 0)])
    report = await reconcile(log, wait_seconds=2)
    assert not report.judged
    assert [0] == [place.partition for place in report.unstable]
    await pipeline.commit()
    assert (await reconcile(log)).judged


async def test_mail_older_than_the_kept_receipts_is_not_judged(
    connection: KafkaConnection, pipeline: TinyPipeline, log: KafkaConservationLog
) -> None:
    """Given receipts that retention removed, then their mails are neither missing nor in flight."""
    await pipeline.accept(0, 3)
    await pipeline.decide(receipts=[(0, 0), (0, 1), (0, 2)], inbound=(0, 3))
    await _delete(connection, ROUTING_DECISIONS.full_name(connection.prefix), 2)
    report = await reconcile(log)
    assert report.holds
    assert 0 == report.balances[0].accepted


async def test_a_loss_is_known_after_its_mail_is_no_longer_kept(
    connection: KafkaConnection, pipeline: TinyPipeline, log: KafkaConservationLog
) -> None:
    """Given a lost mail whose record retention removed, then it is missing, and cannot be repaired."""
    await pipeline.accept(0, 2)
    await pipeline.decide(receipts=[(0, 1)], inbound=(0, 2))
    await _delete(connection, MAIL_INBOUND.full_name(connection.prefix), 1)
    report = await reconcile(log)
    assert [0] == [mail.offset for mail in report.balances[0].missing]
    plan = await plan_repair(log, report.balances, actor="test", at=datetime.now(UTC))
    assert not plan.orders
    assert [0] == [source.offset for source in plan.gone]


async def test_a_start_that_looks_back_a_day_knows_of_mail_deleted_unread_within_it(
    connection: KafkaConnection, pipeline: TinyPipeline, log: KafkaConservationLog
) -> None:
    """Given mail that was deleted before a lane read it, when the workers start anew, then its loss is still seen."""
    await pipeline.accept(0, 2)
    await _delete(connection, MAIL_INBOUND.full_name(connection.prefix), 1)
    await pipeline.decide(receipts=[(0, 1)], inbound=(0, 2))
    report = await reconcile(log, since=datetime.now(UTC) - timedelta(days=1))
    assert [0] == [mail.offset for mail in report.balances[0].missing]


async def test_a_repair_is_in_flight_and_is_asked_for_once(
    pipeline: TinyPipeline, log: KafkaConservationLog
) -> None:
    """Given a loss, when it is taken up, then it is in flight, and a second repair finds nothing to do."""
    await pipeline.accept(0, 2)
    await pipeline.decide(receipts=[(0, 0)], inbound=(0, 2))
    report = await reconcile(log)
    plan = await plan_repair(log, report.balances, actor="test", at=datetime.now(UTC))
    (order,) = plan.orders
    await pipeline.write(order)
    repairing = await reconcile(log)
    assert repairing.holds
    assert 1 == repairing.balances[0].in_flight
    published = await log.forwarded(0, 0)
    assert published is not None
    assert _admitted([published, published]) == [True, False]


def _admitted(records: Sequence[InRecord]) -> list[bool]:
    lane = TakeUps({})
    orders = [take_up_of(record) for record in records]
    return [lane.admits(order.record, order) for order in orders if order is not None]


class Gauges:
    """What the continuous form told last."""

    def __init__(self) -> None:
        self.missing: dict[int, list[int]] = {}
        self.in_flight: dict[int, int] = {}
        self.hidden: list[int] = []
        self.rounds = 0

    def balance(self, balance: Balance, oldest_seconds: float) -> None:
        self.missing[balance.partition] = [mail.offset for mail in balance.missing]
        self.in_flight[balance.partition] = balance.in_flight

    def reconciled(self, at: float) -> None:
        self.rounds += 1

    def unstable(self, partitions: Sequence[Unstable]) -> None:
        self.hidden = [place.partition for place in partitions]


async def test_the_continuous_form_follows_and_survives_a_broker_restart(
    kafka: EmbeddedKafka, pipeline: TinyPipeline, log: KafkaConservationLog
) -> None:
    """Given gauges that follow, when the broker dies and comes back, then a loss after that is seen too."""
    gauges = Gauges()
    pace = Pace(every_seconds=0.2, patience=1.0, backoff_seconds=0.2, look_back=timedelta(minutes=5))
    task = asyncio.create_task(ContinuousReconciler(log, [gauges], pace).run())
    try:
        await pipeline.accept(0, 3)
        await eventually(lambda: gauges.in_flight.get(0) == 3, within=20)
        await pipeline.decide(receipts=[(0, 0)], inbound=(0, 2))
        await eventually(lambda: gauges.missing.get(0) == [1], within=20)
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        await pipeline.decide(receipts=[(0, 1)], inbound=(0, 3))
        await eventually(lambda: gauges.missing.get(0) == [2], within=60)
        await pipeline.begin(receipts=[(0, 2)])
        await eventually(lambda: gauges.hidden == [0], within=20)
        await pipeline.commit()
        await eventually(lambda: gauges.missing.get(0) == [] and not gauges.hidden, within=20)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _delete(connection: KafkaConnection, topic: str, before_offset: int) -> None:
    """As retention does it, at once."""
    admin = AIOKafkaAdminClient(**connection.client_options())
    await admin.start()
    try:
        part = TopicPartition(topic, 0)
        await admin.delete_records({part: RecordsToDelete(before_offset=before_offset)})
    finally:
        await admin.close()
