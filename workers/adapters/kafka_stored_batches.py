"""Batches as a broker stores them (format 2, since 0.11), read for history.

aiokafka's reading makes a text, octets and a tuple of each header, nine for each of our records; history asks for one
of them at most. What was compressed, or is of an older format, is left to aiokafka.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka.errors import CorruptRecordException
from google_crc32c import value as checksum_of

from workers.adapters.lenient_records import LenientRecords
from workers.ports import Headers, InRecord

_HEADER = struct.Struct(">qiibIhiqqqhii")
_LENGTH = struct.Struct(">qi")
_SUMMED_FROM = struct.calcsize(">qiibI")
_DELTA = struct.Struct(">i")
_FORMAT = 2
_FORMAT_AT, _ATTRIBUTES_AT = struct.calcsize(">qii"), struct.calcsize(">qiibI") + 1
_COMPRESSION, _LOG_APPEND_TIME, _TRANSACTIONAL, _CONTROL = 0x07, 0x08, 0x10, 0x20
_MOST_BITS = 63
_LAST_OFFSET_DELTA = struct.calcsize(">qiibIh")

_AT_ONCE = 8
"""Records made before the first of them is used: of more, the first are no longer in the processor's cache by then."""

_new = tuple.__new__


class Wanted(NamedTuple):
    """Of which partition records are, and which headers they shall have: the first of each name; None: all."""

    topic: str
    partition: int
    headers: Mapping[bytes, str] | None


def wanted(topic: str, partition: int, headers: Sequence[str] | None) -> Wanted:
    """`headers`: names; None: all."""
    names = None if headers is None else {name.encode(): name for name in headers}
    return Wanted(topic, partition, names)


class SomeRecords(NamedTuple):
    """A few records of a batch, at least one, where aiokafka has one: what it does for each, it does once for these.

    `offset`: of the last.
    """

    offset: int
    records: list[InRecord]


class StoredBatches:
    """What aiokafka asks of its `MemoryRecords`, in `PartitionRecords`: the batches of one answer to a fetch."""

    def __init__(self, data: bytes, of: Wanted) -> None:
        self._data = data
        self._of = of
        self._at = 0

    def has_next(self) -> bool:
        """Brokers may cut off the last batch."""
        return self._end_of(self._at) <= len(self._data)

    @property
    def next_offset(self) -> int:
        """Behind the last of them, read or not; -1 where there is none. Their records are not looked at."""
        data, at, found = self._data, 0, -1
        while (end := self._end_of(at)) <= len(data) and end - at > _SUMMED_FROM:
            base: int = _LENGTH.unpack_from(data, at)[0]
            has_last = data[at + _FORMAT_AT] >= _FORMAT and end - at >= _HEADER.size
            last: int = _DELTA.unpack_from(data, at + _LAST_OFFSET_DELTA)[0] if has_last else 0
            found, at = base + last + 1, end
        return found

    def next_batch(self) -> Any:
        """Raises `CorruptRecordException` where it has no length that can be."""
        start = self._at
        end = self._end_of(start)
        if end - start <= _SUMMED_FROM:
            raise CorruptRecordException(f"a batch of {end - start} bytes")
        self._at = end
        data = self._data
        if data[start + _FORMAT_AT] != _FORMAT or data[start + _ATTRIBUTES_AT] & _COMPRESSION:
            return _ByAiokafka(LenientRecords(data[start:end]).next_batch(), self._of)
        return _Batch(data, start, end, self._of)

    def _end_of(self, start: int) -> int:
        """Of the batch that begins there; where there is none, beyond the data."""
        if start + _LENGTH.size > len(self._data):
            return len(self._data) + 1
        length: int = _LENGTH.unpack_from(self._data, start)[1]
        return start + _LENGTH.size + max(length, 0)


class _Batch:
    """What aiokafka asks of its `DefaultRecordBatch`. Raises `CorruptRecordException` where it is cut short."""

    def __init__(self, data: bytes, start: int, end: int, of: Wanted) -> None:
        if end - start < _HEADER.size:
            raise CorruptRecordException(f"a batch of {end - start} bytes")
        fields: tuple[int, ...] = _HEADER.unpack_from(data, start)
        attributes = fields[5]
        self._octets = data[start + _SUMMED_FROM : end]
        self._sum = fields[4]
        self._of = of
        self._count = fields[12]
        self._first_ms = fields[7]
        self._stored_ms = fields[8] if attributes & _LOG_APPEND_TIME else -1
        self.base_offset = fields[0]
        self.next_offset = fields[0] + fields[6] + 1
        self.producer_id = fields[9]
        self.is_transactional = bool(attributes & _TRANSACTIONAL)
        self.is_control_batch = bool(attributes & _CONTROL)

    def validate_crc(self) -> bool:
        return bool(checksum_of(self._octets) == self._sum)

    def __iter__(self) -> Iterator[SomeRecords]:
        """Each is read when it is asked for."""
        at, left = _HEADER.size - _SUMMED_FROM, self._count
        while left > 0:
            records, at = self._records(at, min(left, _AT_ONCE))
            left -= len(records)
            yield SomeRecords(records[-1].offset, records)

    def __next__(self) -> InRecord:
        """Of a control batch, which has one."""
        if self._count < 1:
            raise StopIteration
        return self._records(_HEADER.size - _SUMMED_FROM, 1)[0][0]

    def _records(self, at: int, count: int) -> tuple[list[InRecord], int]:
        """So many from there on, and where the next one is."""
        octets, found = self._octets, list[InRecord]()
        try:
            for _ in range(count):
                length, start = _varint(octets, at)
                at = start + length
                if length < 0 or at > len(octets):
                    raise CorruptRecordException("a record that ends behind its batch")
                found.append(self._record(octets, start, at))
        except IndexError:
            raise CorruptRecordException("a record that is cut short") from None
        return found, at

    def _record(self, octets: bytes, start: int, end: int) -> InRecord:
        after_ms, at = _varint(octets, start + 1)  # one octet of attributes, which have no meaning yet
        further, at = _varint(octets, at)
        key, at = _nullable(octets, at, end)
        value, at = _nullable(octets, at, end)
        at_ms = self._stored_ms if self._stored_ms >= 0 else self._first_ms + after_ms
        of = self._of
        headers = _headers(octets, at, end, of.headers)
        fields = (of.topic, of.partition, self.base_offset + further, at_ms, key, value, headers)
        return _new(InRecord, fields)


class _ByAiokafka:
    """A batch that aiokafka reads, in the same clothes."""

    def __init__(self, batch: Any, of: Wanted) -> None:
        self._batch = batch
        self._of = of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[SomeRecords]:
        for each in self._batch:
            yield SomeRecords(each.offset, [self._as_read(each)])

    def __next__(self) -> Any:
        return next(self._batch)

    def _as_read(self, found: Any) -> InRecord:
        of = self._of
        headers: Headers = tuple(found.headers)
        if of.headers is not None:
            first: dict[str, bytes] = {}
            for name, value in headers:
                if name in of.headers.values():
                    first.setdefault(name, value)
            headers = tuple(first.items())
        return InRecord(
            of.topic, of.partition, found.offset, found.timestamp, found.key, found.value, headers
        )


def _headers(octets: bytes, at: int, end: int, names: Mapping[bytes, str] | None) -> Headers:
    if names is not None and not names:
        return ()
    count, at = _varint(octets, at)
    if not 0 <= count <= end - at:
        raise CorruptRecordException(f"{count} headers")
    found: list[Any] = []  # Kafka allows null for a value
    for _ in range(count):
        octets_of_name, at = _nullable(octets, at, end)
        if octets_of_name is None:
            raise CorruptRecordException("a header without a name")
        value, at = _nullable(octets, at, end)
        if names is None:
            name = octets_of_name.decode("utf-8", "backslashreplace")
        elif octets_of_name in names and not _has(found, names[octets_of_name]):
            name = names[octets_of_name]
        else:
            continue
        found.append((name, value))
        if names is not None and len(found) == len(names):
            break
    return tuple(found)


def _has(found: list[Any], name: str) -> bool:
    return name in [known[0] for known in found]


def _nullable(octets: bytes, at: int, end: int) -> tuple[bytes | None, int]:
    """Octets after their length, and what comes behind them; -1 is null."""
    length, start = _varint(octets, at)
    if length < 0:
        return None, start
    if start + length > end:
        raise CorruptRecordException("octets that end behind their record")
    return octets[start : start + length], start + length


def _varint(octets: bytes, at: int) -> tuple[int, int]:
    """A signed number, and what comes behind it. Raises `IndexError` at the end of the octets."""
    octet = octets[at]
    if octet < 0x80:
        return (octet >> 1) ^ -(octet & 1), at + 1
    number, bits = octet & 0x7F, 7
    while octet >= 0x80:
        if bits > _MOST_BITS:
            raise CorruptRecordException("a number of more than 64 bits")
        at += 1
        octet = octets[at]
        number |= (octet & 0x7F) << bits
        bits += 7
    return (number >> 1) ^ -(number & 1), at + 1
