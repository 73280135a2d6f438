"""What only a real broker shows of the reader and the writer that commands use."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import TICKETS_COMMANDS
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_reader import kafka_reader
from workers.adapters.kafka_writer import KafkaWriter
from workers.adapters.topics_apply import ensure_topics
from workers.errors import DependencyUnavailable, WrongConfiguration
from workers.ports import OutRecord


@pytest.fixture
async def connection(kafka: EmbeddedKafka, topic_prefix: str) -> KafkaConnection:
    connection = KafkaConnection(kafka.bootstrap, topic_prefix)
    await ensure_topics(connection, partitions=3)
    return connection


def a_record(key: str, value: str, topic: str = TICKETS_COMMANDS.name) -> OutRecord:
    return OutRecord(topic, key.encode(), value.encode(), (("ce_id", b"1"),))


async def test_reading_tells_how_far_it_is(connection: KafkaConnection) -> None:
    """To its end."""
    await KafkaWriter(connection).write([a_record(key, f"{key}{n}") for n in range(3) for key in "abcd"])
    steps: list[tuple[int, int]] = []

    async with kafka_reader(connection, lambda done, total: steps.append((done, total))) as reader:
        found = [record async for record in reader.read(TICKETS_COMMANDS)]

    assert 12 == len(found)
    assert (12, 12) == steps[-1]


async def test_aborted_and_open_transactions_are_not_seen_and_not_waited_for(
    connection: KafkaConnection,
) -> None:
    """The reader stops at the last stable offset; positions pass control records."""
    async with KafkaWriter(connection).transaction("test-a") as write:
        await write([a_record("a", "committed")])
    producer = AIOKafkaProducer(**connection.client_options(), transactional_id=connection.prefix + "open")
    await producer.start()
    try:
        await producer.begin_transaction()
        await producer.send_and_wait(connection.topic(TICKETS_COMMANDS), b"aborted", key=b"a")
        await producer.abort_transaction()
        await producer.begin_transaction()
        await producer.send_and_wait(connection.topic(TICKETS_COMMANDS), b"open", key=b"a")

        async with kafka_reader(connection) as reader, asyncio.timeout(60):
            found = [record.value async for record in reader.read(TICKETS_COMMANDS)]

        await producer.abort_transaction()
    finally:
        await producer.stop()
    assert [b"committed"] == found


async def test_a_topic_that_does_not_exist_says_how_to_make_it(kafka: EmbeddedKafka) -> None:
    """Usually it is the prefix."""
    async with kafka_reader(KafkaConnection(kafka.bootstrap, "nobodys.")) as reader:
        with pytest.raises(WrongConfiguration, match=r"no topic nobodys\.tickets\.commands"):
            await anext(reader.read(TICKETS_COMMANDS))


async def test_of_two_transactions_with_one_name_the_first_is_ended(connection: KafkaConnection) -> None:
    """So two loads of the directory at once don't mix: the second one reads what is there, the first one fails."""
    writer = KafkaWriter(connection)

    async def overtaken() -> None:
        async with writer.transaction("load") as first:
            await first([a_record("a", "first")])
            async with writer.transaction("load") as second:
                await second([a_record("a", "second")])
            await first([a_record("a", "late")])

    with pytest.raises(DependencyUnavailable):
        await overtaken()

    async with kafka_reader(connection) as reader:
        assert [b"second"] == [record.value async for record in reader.read(TICKETS_COMMANDS)]
