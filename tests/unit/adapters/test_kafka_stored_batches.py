"""What history reads of stored batches is what aiokafka reads of them; what is damaged is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.kafka_stored_batches import StoredBatches, wanted
from workers.ports import InRecord

HEADERS = st.lists(
    st.tuples(st.sampled_from(["ce_id", "ce_type", ""]) | st.text(max_size=9), st.binary(max_size=70)),
    max_size=5,
)
VALUES = st.binary(max_size=200) | st.binary(min_size=8_190, max_size=8_200)
RECORD = st.tuples(
    st.none() | st.binary(max_size=70),
    st.none() | st.binary(max_size=200) | st.binary(min_size=8_190, max_size=8_200),
    HEADERS,
    st.integers(0, 2**40),
)
SUM, SUMMED_FROM = slice(17, 21), 21
NO_COMPRESSION, GZIP = 0, 1
LOG_APPEND_TIME = 0x08


def a_batch(
    records: Sequence[tuple[bytes | None, bytes | None, list[tuple[str, bytes]], int]], **of: int
) -> bytes:
    """`of`: `first` offset, `compression`, `attributes` beside it."""
    builder = DefaultRecordBatchBuilder(2, of.get("compression", NO_COMPRESSION), 0, 7, 1, 0, 10_000_000)
    for number, (key, value, headers, at_ms) in enumerate(records):
        assert builder.append(number, at_ms, key, value, headers) is not None
    built = bytearray(builder.build())
    built[:8] = of.get("first", 0).to_bytes(8, "big")
    built[22] |= of.get("attributes", 0)
    return summed(built)


def summed(batch: bytearray) -> bytes:
    batch[SUM] = calc_crc32c(bytes(batch[SUMMED_FROM:])).to_bytes(4, "big")
    return bytes(batch)


def read(data: bytes, headers: Sequence[str] | None = None) -> list[InRecord]:
    batches, found = StoredBatches(data, wanted("t", 3, headers)), list[InRecord]()
    while batches.has_next():
        batch = batches.next_batch()
        assert batch.validate_crc()
        for some in batch:
            assert some.records[-1].offset == some.offset
            found += some.records
    return found


def read_by_aiokafka(data: bytes) -> list[InRecord]:
    batches, found = MemoryRecords(data), list[InRecord]()
    while batches.has_next():
        for each in batches.next_batch():
            headers = tuple(each.headers)
            found.append(InRecord("t", 3, each.offset, each.timestamp, each.key, each.value, headers))
    return found


@given(
    st.lists(st.lists(RECORD, min_size=1, max_size=40), max_size=3),
    st.sampled_from([NO_COMPRESSION, GZIP]),
    st.sampled_from([0, LOG_APPEND_TIME]),
    st.integers(0, 2**40),
)
def test_records_are_those_that_aiokafka_reads(
    batches: list[list[tuple[bytes | None, bytes | None, list[tuple[str, bytes]], int]]],
    compression: int,
    attributes: int,
    first: int,
) -> None:
    """Keys, values, what is null, headers, offsets, both kinds of time, one batch behind the other."""
    data = b"".join(
        a_batch(records, first=first + 40 * n, compression=compression, attributes=attributes)
        for n, records in enumerate(batches)
    )
    expected = read_by_aiokafka(data)
    assert expected == read(data)
    assert StoredBatches(data, wanted("t", 3, None)).next_offset == (
        expected[-1].offset + 1 if expected else -1
    )


@pytest.mark.parametrize("compression", [NO_COMPRESSION, GZIP])
def test_of_the_headers_that_are_asked_for_each_record_has_the_first(compression: int) -> None:
    """And no others, in the record's order."""
    headers = [("a", b"1"), ("ce_id", b"2"), ("ce_id", b"3"), ("b", b"4"), ("a", b"5")]
    data = a_batch([(b"k", b"v", headers, 0), (b"k", b"w", [], 1)], compression=compression)

    assert [(("ce_id", b"2"),), ()] == [each.headers for each in read(data, ["ce_id"])]
    assert [(("a", b"1"), ("b", b"4")), ()] == [each.headers for each in read(data, ["b", "a"])]
    assert [(), ()] == [each.headers for each in read(data, [])]
    assert [b"v", b"w"] == [each.value for each in read(data, [])]


def test_a_batch_of_an_older_format_is_read_too() -> None:
    """Old brokers kept what was written before 0.11."""
    builder = LegacyRecordBatchBuilder(magic=1, compression_type=0, batch_size=1_000)
    builder.append(0, timestamp=17, key=b"k", value=b"v")
    assert [InRecord("t", 3, 0, 17, b"k", b"v")] == read(bytes(builder.build()))


def test_the_last_batch_may_be_cut_off() -> None:
    """Brokers fill an answer up to the byte; the rest comes with the next one."""
    whole = a_batch([(b"k", b"v", [], 0)])
    cut = a_batch([(b"k", b"w", [], 0)], first=1)
    for length in range(len(cut)):
        data = whole + cut[:length]
        assert [b"v"] == [each.value for each in read(data)]
        assert 1 == StoredBatches(data, wanted("t", 3, None)).next_offset


def test_what_compaction_took_away_is_behind_us_too() -> None:
    """The batch stays, without records; whoever asked for its offsets again would get it again, for ever."""
    batch = bytearray(a_batch([], first=7))
    batch[23:27] = (4).to_bytes(4, "big")
    assert [] == read(summed(batch))
    assert 12 == StoredBatches(bytes(batch), wanted("t", 3, None)).next_offset


@given(st.data())
def test_damage_behind_a_right_checksum_is_refused_and_ends(data: st.DataObject) -> None:
    """Any octets in place of the records: records of the batch's own octets, or the one error."""
    batch = bytearray(a_batch([(b"key", b"value", [("ce_id", b"id")], 5), (None, None, [], 6)]))
    for _ in range(data.draw(st.integers(1, 4))):
        batch[data.draw(st.integers(57, len(batch) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read(summed(batch))
    except CorruptRecordException:
        return
    assert all(len(each.value or b"") < len(batch) for each in found)


@pytest.mark.parametrize("length", [-1, 0, 5, 9, 20, 44])
def test_a_batch_too_short_to_be_one_is_refused(length: int) -> None:
    """A length that can't be would be read for ever, or beyond the data."""
    with pytest.raises(CorruptRecordException):
        read(b"\0" * 8 + length.to_bytes(4, "big", signed=True) + b"\0" * 4 + b"\2" + b"\0" * 200)
