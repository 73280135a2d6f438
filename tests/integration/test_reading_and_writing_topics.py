"""The reader and the writer that commands use, on a real broker."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import DIRECTORY_ENTITIES, TICKETS_COMMANDS, TICKETS_ROUTED
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_reader import kafka_reader
from workers.adapters.kafka_writer import KafkaWriter
from workers.adapters.topics_apply import ensure_topics
from workers.errors import WrongConfiguration
from workers.ports import OutRecord


@pytest.fixture
async def connection(kafka: EmbeddedKafka, topic_prefix: str) -> KafkaConnection:
    connection = KafkaConnection(kafka.bootstrap, topic_prefix)
    await ensure_topics(connection, partitions=3)
    return connection


def a_record(key: str, value: str, topic: str = TICKETS_COMMANDS.name) -> OutRecord:
    return OutRecord(topic, key.encode(), value.encode(), (("ce_id", b"1"),))


async def test_what_was_written_is_read_in_order(connection: KafkaConnection) -> None:
    """Every key's records in the order in which they were written, headers included."""
    await KafkaWriter(connection).write([a_record(key, f"{key}{n}") for n in range(3) for key in "abcd"])
    steps: list[tuple[int, int]] = []

    async with kafka_reader(connection, lambda done, total: steps.append((done, total))) as reader:
        found = [record async for record in reader.read(TICKETS_COMMANDS)]

    assert ["a0", "a1", "a2"] == [(r.value or b"").decode() for r in found if r.key == b"a"]
    assert 12 == len(found)
    assert {(("ce_id", b"1"),)} == {record.headers for record in found}
    assert (12, 12) == steps[-1]


async def test_a_key_is_looked_for_in_its_partition_only(connection: KafkaConnection) -> None:
    """The reader computes the partition as every client does."""
    await KafkaWriter(connection).write([a_record(f"k{n}", "x") for n in range(30)])

    async with kafka_reader(connection) as reader:
        found = [record async for record in reader.read(TICKETS_COMMANDS, key="k7")]

    assert b"k7" in {record.key for record in found}
    assert 1 == len({record.partition for record in found})


async def test_a_topic_with_nothing_in_it_is_read_at_once(connection: KafkaConnection) -> None:
    """And one can be read after another."""
    async with kafka_reader(connection) as reader, asyncio.timeout(10):
        assert [] == [record async for record in reader.read(TICKETS_ROUTED)]
        assert [] == [record async for record in reader.read(DIRECTORY_ENTITIES)]


async def test_since_skips_what_is_older(connection: KafkaConnection) -> None:
    """By the broker's clock."""
    await KafkaWriter(connection).write([a_record("a", "old")])
    now = datetime.now(UTC)

    async with kafka_reader(connection) as reader:
        assert [] == [r async for r in reader.read(TICKETS_COMMANDS, since=now + timedelta(minutes=1))]
        assert 1 == len([r async for r in reader.read(TICKETS_COMMANDS, since=now - timedelta(minutes=1))])


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

        async with kafka_reader(connection) as reader, asyncio.timeout(10):
            found = [record.value async for record in reader.read(TICKETS_COMMANDS)]

        await producer.abort_transaction()
    finally:
        await producer.stop()
    assert [b"committed"] == found


async def test_following_gives_what_comes_after_a_position(connection: KafkaConnection) -> None:
    """A position taken before writing misses nothing."""
    writer = KafkaWriter(connection)
    await writer.write([a_record("a", "before")])
    async with kafka_reader(connection) as reader, asyncio.timeout(20):
        ends = await reader.ends([TICKETS_COMMANDS])
        await writer.write([a_record("a", "after")])
        async for record in reader.follow(ends):
            assert b"after" == record.value
            break


async def test_a_topic_that_does_not_exist_says_how_to_make_it(kafka: EmbeddedKafka) -> None:
    """Usually it is the prefix."""
    async with kafka_reader(KafkaConnection(kafka.bootstrap, "nobodys.")) as reader:
        with pytest.raises(WrongConfiguration, match=r"no topic nobodys\.tickets\.commands"):
            await anext(reader.read(TICKETS_COMMANDS))
