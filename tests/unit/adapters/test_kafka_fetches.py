"""What a fetch makes of what brokers answer, without a broker."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    NotLeaderForPartitionError,
    OffsetOutOfRangeError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
)
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from workers.adapters.kafka_fetches import fetched
from workers.ports import InRecord

PART = TopicPartition("p.tickets.routed", 2)
NOTHING: Sequence[tuple[int, int]] = ()


def a_batch(first: int, *values: bytes, producer: int = -1, transactional: bool = False) -> bytes:
    """Of records whose offsets begin with `first`."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=transactional,
        producer_id=producer,
        producer_epoch=0,
        base_sequence=0,
        batch_size=1_000_000,
    )
    for number, value in enumerate(values):
        assert builder.append(number, 1_000 + number, b"k", value, [("ce_id", value)]) is not None
    return first.to_bytes(8, "big") + bytes(builder.build())[8:]


def an_answer(*batches: bytes, error: int = 0, aborted: Sequence[tuple[int, int]] = NOTHING) -> Any:
    part = (PART.partition, error, 99, 99, 0, list(aborted), -1, b"".join(batches))
    return SimpleNamespace(API_VERSION=11, topics=[(PART.topic, [part])])


class Broker:
    """A client whose broker answers this, in turn; an answer that is an error is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[int] = []
        self.metadata_updates = 0
        self.cluster = SimpleNamespace(leader_for_partition=lambda _: 1)

    async def add_topic(self, topic: str) -> bool:
        return True

    def force_metadata_update(self) -> None:
        self.metadata_updates += 1

    async def send(self, node: int, request: Any) -> Any:
        self.asked.append(request.topics[0][1][0][1])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def records_of(broker: Broker, start: int, end: int) -> list[InRecord]:
    client: Any = broker
    return [record async for _, records in fetched(client, PART, start, end) for record in records]


async def test_records_come_in_order_and_the_next_fetch_begins_where_the_last_one_ended() -> None:
    """With all that a record has; nothing at or after the end."""
    broker = Broker(an_answer(a_batch(3, b"a", b"b")), an_answer(a_batch(5, b"c", b"d", b"e")))

    found = await records_of(broker, 3, 7)

    assert InRecord(PART.topic, 2, 3, 1_000, b"k", b"a", (("ce_id", b"a"),)) == found[0]
    assert [(3, b"a"), (4, b"b"), (5, b"c"), (6, b"d")] == [(each.offset, each.value) for each in found]
    assert [3, 5] == broker.asked


async def test_what_an_aborted_transaction_wrote_is_passed_over() -> None:
    """The broker names its producer."""
    aborted = a_batch(0, b"aborted", producer=7, transactional=True)
    kept = a_batch(1, b"kept", producer=8, transactional=True)

    found = await records_of(Broker(an_answer(aborted, kept, aborted=[(7, 0)])), 0, 2)

    assert [b"kept"] == [each.value for each in found]


@pytest.mark.parametrize(
    "trouble",
    [RequestTimedOutError(), an_answer(error=NotLeaderForPartitionError.errno), an_answer()],
)
async def test_what_passes_is_asked_for_again(trouble: Any) -> None:
    """From the same place: an answer too late, a partition that moved, a broker that has nothing yet."""
    broker = Broker(trouble, an_answer(a_batch(0, b"a")))

    assert [b"a"] == [each.value for each in await records_of(broker, 0, 1)]
    assert [0, 0] == broker.asked


async def test_a_partition_that_moved_is_looked_up_again() -> None:
    """Or the old leader would be asked for ever."""
    broker = Broker(an_answer(error=NotLeaderForPartitionError.errno), an_answer(a_batch(0, b"a")))
    await records_of(broker, 0, 1)
    assert 1 == broker.metadata_updates


async def test_a_header_key_that_is_no_utf_8_stops_nobody() -> None:
    """Others write some of our topics."""
    batch = bytearray(a_batch(0, b"a", b"b").replace(b"ce_id", b"ce\xffid"))
    batch[17:21] = calc_crc32c(bytes(batch[21:])).to_bytes(4, "big")

    found = await records_of(Broker(an_answer(bytes(batch))), 0, 2)

    assert [(("ce\\xffid", b"a"),), (("ce\\xffid", b"b"),)] == [each.headers for each in found]


@pytest.mark.parametrize("error", [OffsetOutOfRangeError, TopicAuthorizationFailedError])
async def test_what_does_not_pass_is_raised(error: type[OffsetOutOfRangeError]) -> None:
    """Retention was faster, or a right was taken away."""
    with pytest.raises(error):
        await records_of(Broker(an_answer(error=error.errno)), 0, 1)


async def test_a_batch_that_was_damaged_is_not_taken() -> None:
    """Its checksum says so."""
    batch = bytearray(a_batch(0, b"a value"))
    batch[-9] ^= 1
    with pytest.raises(Exception, match="CRC"):
        await records_of(Broker(an_answer(bytes(batch))), 0, 1)


async def test_a_batch_whose_length_cannot_be_is_said_at_once() -> None:
    """It would stand in the way for ever: nothing behind it can be found."""
    batch = bytearray(a_batch(0, b"a value"))
    batch[8:12] = (3).to_bytes(4, "big")
    with pytest.raises(CorruptRecordException):
        await records_of(Broker(an_answer(bytes(batch)), an_answer()), 0, 1)


async def test_what_stands_before_a_damaged_batch_is_read() -> None:
    """In the order of their places."""
    damaged = bytearray(a_batch(1, b"a value"))
    damaged[-9] ^= 1
    client: Any = Broker(an_answer(a_batch(0, b"good") + bytes(damaged)), an_answer())
    records = fetched(client, PART, 0, 2)

    position, found = await anext(records)

    assert (1, [b"good"]) == (position, [each.value for each in found])
    with pytest.raises(CorruptRecordException):
        await anext(records)
