"""One suite for the topics that commands read and write: on a real broker, and on the fake that unit tests use."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from schemas.topics import DIRECTORY_ENTITIES, TICKETS_COMMANDS, TICKETS_ROUTED
from tests.support.fake_topics import FakeTopics
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_reader import kafka_reader
from workers.adapters.kafka_writer import KafkaWriter
from workers.adapters.topics_apply import ensure_topics
from workers.ports import OutRecord
from workers.processors.topic_reader import HistoryReader, RecordWriter


@dataclass(frozen=True)
class Topics:
    reader: HistoryReader
    writer: RecordWriter
    prefix: str
    now: datetime


@pytest.fixture(params=["fake", "kafka"])
async def topics(request: pytest.FixtureRequest) -> AsyncIterator[Topics]:
    if request.param == "fake":
        fake = FakeTopics("p.", partitions=3)
        yield Topics(fake, fake, "p.", fake.now)
        return
    prefix: str = request.getfixturevalue("topic_prefix")
    connection = KafkaConnection(request.getfixturevalue("kafka").bootstrap, prefix)
    await ensure_topics(connection, partitions=3)
    async with kafka_reader(connection) as reader:
        yield Topics(reader, KafkaWriter(connection), prefix, datetime.now(UTC))


def a_record(key: str, value: str | None = "x") -> OutRecord:
    return OutRecord(
        TICKETS_COMMANDS.name, key.encode(), None if value is None else value.encode(), (("h", b"1"),)
    )


async def values(topics: Topics, key: str | None = None) -> list[bytes | None]:
    return [record.value async for record in topics.reader.read(TICKETS_COMMANDS, key=key)]


async def test_records_come_back_as_they_were_written(topics: Topics) -> None:
    """Key, value, headers, the topic's full name; tombstones too."""
    await topics.writer.write([a_record("a", "1"), a_record("a", None)])

    found = [record async for record in topics.reader.read(TICKETS_COMMANDS)]

    assert [(b"a", b"1"), (b"a", None)] == [(record.key, record.value) for record in found]
    assert {f"{topics.prefix}{TICKETS_COMMANDS.name}"} == {record.topic for record in found}
    assert {(("h", b"1"),)} == {tuple(record.headers) for record in found}


async def test_one_keys_records_keep_their_order(topics: Topics) -> None:
    """Whatever is between them."""
    await topics.writer.write([a_record(key, f"{key}{n}") for n in range(4) for key in "abcdef"])
    assert [b"c0", b"c1", b"c2", b"c3"] == [
        value for value in await values(topics) if (value or b"")[:1] == b"c"
    ]


async def test_one_partition_is_read_alone(topics: Topics) -> None:
    """All of them together are the topic."""
    await topics.writer.write([a_record(key) for key in "abcdef"])

    each = [
        [record async for record in topics.reader.read(TICKETS_COMMANDS, partition=partition)]
        for partition in range(3)
    ]

    assert [{0}, {1}, {2}] == [{record.partition for record in found} or {n} for n, found in enumerate(each)]
    assert set("abcdef") == {(record.key or b"").decode() for found in each for record in found}


async def test_batches_hold_what_reading_gives(topics: Topics) -> None:
    """In its order."""
    await topics.writer.write([a_record("a", str(n)) for n in range(9)])

    for number in range(3):
        one_by_one = [record async for record in topics.reader.read(TICKETS_COMMANDS, partition=number)]
        batches = [batch async for batch in topics.reader.batches(TICKETS_COMMANDS, partition=number)]
        assert one_by_one == [record for batch in batches for record in batch]


async def test_batches_have_the_headers_that_are_asked_for(topics: Topics) -> None:
    """The first of each name."""
    headers = (("a", b"1"), ("ce_id", b"2"), ("ce_id", b"3"), ("b", b"4"))
    await topics.writer.write([OutRecord(TICKETS_COMMANDS.name, b"k", b"v", headers, partition=0)])

    for names, expected in ((("ce_id", "b"), (("ce_id", b"2"), ("b", b"4"))), ((), ())):
        batches = topics.reader.batches(TICKETS_COMMANDS, partition=0, headers=names)
        assert [expected] == [record.headers async for batch in batches for record in batch]


async def test_a_key_is_found_in_its_partition(topics: Topics) -> None:
    """All of its records, and only one partition's others."""
    await topics.writer.write([a_record(f"k{n}", f"k{n}") for n in range(40)])

    found = await values(topics, key="k7")

    assert b"k7" in found
    assert len(found) < 40


async def test_what_was_written_before_since_is_left_out(topics: Topics) -> None:
    """By the broker's clock."""
    await topics.writer.write([a_record("a")])
    for since, expected in ((topics.now - timedelta(hours=1), 1), (topics.now + timedelta(hours=1), 0)):
        assert expected == len([r async for r in topics.reader.read(TICKETS_COMMANDS, since=since)])


async def test_empty_topics_end_at_once(topics: Topics) -> None:
    """Of many partitions and of one."""
    assert [] == [record async for record in topics.reader.read(TICKETS_ROUTED)]
    assert [] == [record async for record in topics.reader.read(DIRECTORY_ENTITIES)]


async def test_a_transaction_is_seen_as_a_whole_or_not_at_all(topics: Topics) -> None:
    """Nothing of one that raises."""

    async def failing() -> None:
        async with topics.writer.transaction("test") as write:
            await write([a_record("a", "lost")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await failing()
    async with topics.writer.transaction("test") as write:
        await write([a_record("a", "1"), a_record("b", "2")])

    assert {b"1", b"2"} == set(await values(topics))


async def test_following_begins_where_the_ends_were(topics: Topics) -> None:
    """What was there before is not given."""
    await topics.writer.write([a_record("a", "before")])
    ends = await topics.reader.ends([TICKETS_COMMANDS])
    await topics.writer.write([a_record("a", "after")])

    async with asyncio.timeout(20):
        assert b"after" == (await anext(topics.reader.follow(ends))).value


async def test_reads_follow_each_other(topics: Topics) -> None:
    """The second one sees what came after the first."""
    await topics.writer.write([a_record("a", "1")])
    assert [b"1"] == await values(topics)
    await topics.writer.write([a_record("a", "2")])
    assert [b"1", b"2"] == await values(topics)
