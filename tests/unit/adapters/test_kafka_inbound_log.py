"""What the log of accepted mail hands to its producer, and what becomes of it when that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka.errors import OutOfOrderSequenceNumber

from schemas.topics import MAIL_INBOUND
from tests.support.eventually import eventually
from workers.adapters.kafka_batch_producer import Written
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_inbound_log import InboundLogTiming, KafkaInboundLog
from workers.errors import DependencyUnavailable
from workers.ports import Ack, OutRecord

KIB = 1024


class _Producer:
    """Keeps what each write had. `answering` unset: writes wait. `failure`: of the next write."""

    def __init__(self) -> None:
        self.writes: list[list[bytes]] = []
        self.answering = asyncio.Event()
        self.failure: Exception | None = None
        self.lives = 0
        self.drops = 0

    def new(self, connection: KafkaConnection, request_seconds: float) -> _Producer:
        self.lives += 1
        return self

    async def start(self) -> None:
        pass

    async def write(self, records: Sequence[OutRecord]) -> list[Written]:
        self.writes.append([record.key or b"" for record in records])
        await self.answering.wait()
        if self.failure is not None:
            raise self.failure
        return [Written(0, number) for number in range(len(records))]

    async def drop(self) -> None:
        self.drops += 1


@asynccontextmanager
async def _running(
    producer: _Producer, timing: InboundLogTiming | None = None
) -> AsyncIterator[KafkaInboundLog]:
    log = KafkaInboundLog(KafkaConnection("nowhere:1"), timing=timing, new_producer=producer.new)
    await log.start()
    await eventually(lambda: log.available)
    yield log
    await log.stop()


def _append(log: KafkaInboundLog, *keys: str, size: int = 1) -> list[asyncio.Task[list[Ack]]]:
    records = [OutRecord(MAIL_INBOUND.name, key.encode(), b"x" * size, ()) for key in keys]
    return [asyncio.create_task(log.append([record])) for record in records]


async def test_what_comes_while_a_write_is_under_way_goes_together_in_the_next() -> None:
    """One request for many mails."""
    producer = _Producer()
    async with _running(producer) as log:
        appends = _append(log, "a")
        await eventually(lambda: [[b"a"]] == producer.writes)
        appends += _append(log, "b", "c")
        await asyncio.sleep(0)
        producer.answering.set()
        await asyncio.gather(*appends)
    assert [[b"a"], [b"b", b"c"]] == producer.writes


async def test_a_write_takes_so_much_and_not_all_that_waits() -> None:
    """Memory: on their way records are held several times. All of them go, in order."""
    producer = _Producer()
    producer.answering.set()
    async with _running(producer) as log:
        await asyncio.gather(*_append(log, "a", "b", "c", "d", "e", size=KIB * 256))
    assert [[b"a", b"b"], [b"c", b"d"], [b"e"]] == producer.writes


async def test_a_failed_write_fails_all_that_wait_and_the_next_producer_is_a_new_one() -> None:
    """Its numbers may have a gap, so nothing more is sent by it."""
    producer = _Producer()
    producer.failure = OutOfOrderSequenceNumber()
    async with _running(producer) as log:
        appends = _append(log, "a")
        await eventually(lambda: bool(producer.writes))
        appends += _append(log, "b")
        await asyncio.sleep(0)
        producer.answering.set()
        failed = await asyncio.gather(*appends, return_exceptions=True)
        assert [DependencyUnavailable] * 2 == [type(each) for each in failed]
        producer.failure = None
        await eventually(lambda: log.available)
        await asyncio.gather(*_append(log, "c"))
    assert [[b"a"], [b"c"]] == producer.writes
    assert 2 == producer.lives == producer.drops


async def test_a_write_that_takes_too_long_is_given_up() -> None:
    """Whether it was stored is not known: 451."""
    producer = _Producer()
    async with _running(producer, InboundLogTiming(append_seconds=0.01)) as log:
        with pytest.raises(DependencyUnavailable) as failed:
            await asyncio.gather(*_append(log, "a"))
    assert {"error": "TimeoutError"} == failed.value.detail
