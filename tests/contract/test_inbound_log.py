"""One suite for the log of accepted mail on Kafka and its fake."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from schemas.topics import MAIL_INBOUND
from tests.support.eventually import eventually
from tests.support.fakes_mail import FakeInboundLog
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_inbound_log import KafkaInboundLog
from workers.adapters.topics_apply import ensure_topics
from workers.ports import InboundLog, OutRecord


@pytest.fixture(params=["fake", "kafka"])
async def log(request: pytest.FixtureRequest) -> AsyncIterator[InboundLog]:
    if request.param == "fake":
        yield FakeInboundLog()
        return
    kafka: EmbeddedKafka = request.getfixturevalue("kafka")
    connection = KafkaConnection(kafka.bootstrap, request.getfixturevalue("topic_prefix"))
    await ensure_topics(connection)
    log = KafkaInboundLog(connection)
    await log.start()
    await eventually(lambda: log.available, within=60)
    yield log
    await log.stop()


def _record(key: str, value: bytes = b"{}") -> OutRecord:
    return OutRecord(MAIL_INBOUND.name, key.encode(), value, (("ce_id", key.encode()),))


async def test_each_record_is_acknowledged_at_a_place_of_its_own(log: InboundLog) -> None:
    """In the order of the records, whatever partitions they go to."""
    acks = await log.append([_record(f"T-{number}") for number in range(50)])
    assert 50 == len({(ack.topic, ack.partition, ack.offset) for ack in acks})
    assert {MAIL_INBOUND.name} == {ack.topic for ack in acks}


async def test_appends_of_one_key_keep_their_order(log: InboundLog) -> None:
    """One after the other, or many at once: offsets grow as appends began."""
    appends = [asyncio.create_task(log.append([_record("T-same")])) for _ in range(100)]
    offsets = [(await append)[0].offset for append in appends]
    assert sorted(offsets) == offsets
    assert 100 == offsets[-1] - offsets[0] + 1


async def test_a_big_record_is_stored_between_small_ones(log: InboundLog) -> None:
    """Content up to the inline limit is one record, of more than Kafka's usual megabyte."""
    acks = await log.append([_record("a"), _record("b", b"x" * 1_500_000), _record("a")])
    assert 3 == len(acks)


async def test_an_append_that_its_caller_gave_up_harms_nobody(log: InboundLog) -> None:
    """A client's end is not the log's."""
    given_up = asyncio.create_task(log.append([_record("a")]))
    await asyncio.sleep(0)
    given_up.cancel()
    assert 1 == len(await log.append([_record("b")]))
