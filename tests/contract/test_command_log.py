"""One suite for the real log of commands and its fake."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.topics import MAIL_INBOUND, TICKETS_COMMANDS
from tests.support.fakes import FakeCommandLog
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_command_log import KafkaCommandLog
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_reader import kafka_reader
from workers.errors import DependencyUnavailable
from workers.ports import CommandLog, OutRecord

RECORDS = [OutRecord(TICKETS_COMMANDS.name, f"T-{n}".encode(), f"{n}".encode()) for n in range(5)]
STAMPED = {"message.timestamp.type": "LogAppendTime"}


@pytest.fixture
async def connection(kafka: EmbeddedKafka, topic_prefix: str) -> KafkaConnection:
    """With the topics that it writes to, stamped as `topics apply` makes them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    names = [topic_prefix + topic.name for topic in (MAIL_INBOUND, TICKETS_COMMANDS)]
    await admin.create_topics([NewTopic(name, 2, 1, topic_configs=STAMPED) for name in names])
    await admin.close()
    return KafkaConnection(kafka.bootstrap, topic_prefix, {}, 10.0)


@pytest.fixture(params=["fake", "kafka"])
async def log(request: pytest.FixtureRequest, connection: KafkaConnection) -> AsyncIterator[CommandLog]:
    if request.param == "fake":
        yield FakeCommandLog(lambda: datetime.now(UTC))
        return
    real = KafkaCommandLog(connection)
    yield real
    await real.stop()


async def test_each_record_has_the_time_at_which_it_was_taken(log: CommandLog) -> None:
    """To the millisecond, between the call and its answer."""
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    taken = await log.append(RECORDS)
    assert len(RECORDS) == len(taken)
    assert all(before <= at <= datetime.now(UTC) for at in taken)
    assert {0} == {at.microsecond % 1000 for at in taken}


async def test_nothing_to_write_is_written_at_once(log: CommandLog) -> None:
    """No record, no time."""
    assert [] == await log.append([])


async def test_records_lie_where_every_client_puts_their_key(connection: KafkaConnection) -> None:
    """So that the lane of their ticket reads them."""
    log = KafkaCommandLog(connection)
    await log.append(RECORDS)
    await log.stop()
    async with kafka_reader(connection) as reader:
        for record in RECORDS:
            assert record.key is not None
            there = [found.value async for found in reader.read(TICKETS_COMMANDS, key=record.key.decode())]
            assert record.value in there


async def test_without_a_broker_nothing_is_written() -> None:
    """Waited for, in bounded time."""
    log = KafkaCommandLog(KafkaConnection("127.0.0.1:1", "", {}, 3.0))
    with pytest.raises(DependencyUnavailable):
        await log.append(RECORDS)
