"""A batch of records as Kafka stores it (format 2, since 0.11), for producers that send it whole.

aiokafka's own builder copies every value twice and sums in software: for a mail of 50 KB ten times what this takes.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from google_crc32c import extend

from workers.ports import OutRecord

_BEFORE_SUM = struct.Struct(">qiib")
_SUM = struct.Struct(">I")
_SUMMED = struct.Struct(">hiqqqhii")
_HEADER_BYTES = _BEFORE_SUM.size + _SUM.size + _SUMMED.size
_AFTER_LENGTH = 12
"""The length counts what comes after itself."""

_NO_OFFSET, _NO_LEADER_EPOCH, _FORMAT, _NO_ATTRIBUTES = 0, -1, 2, 0
_NULL = b"\1"


class RecordBatch:
    """Records for one partition, in order, all of the time `timestamp_ms`; about `limit_bytes` at most."""

    __slots__ = ("_limit_bytes", "_parts", "_timestamp_ms", "count", "size_bytes")

    def __init__(self, timestamp_ms: int, limit_bytes: int) -> None:
        self.count = 0
        self.size_bytes = _HEADER_BYTES
        self._timestamp_ms = timestamp_ms
        self._limit_bytes = limit_bytes
        self._parts: list[bytes] = []

    def takes(self, record: OutRecord) -> bool:
        """Whether there was room; the first always fits."""
        key, value = record.key, record.value
        start = b"\0\0" + varint(self.count)  # no attributes, no later than the batch
        start += _NULL if key is None else varint(len(key)) + key
        start += _NULL if value is None else varint(len(value))
        end = _headers(record)
        octets = len(start) + len(value or b"") + len(end)
        length = varint(octets)
        size_bytes = self.size_bytes + len(length) + octets
        if size_bytes >= self._limit_bytes and self.count:  # as aiokafka bounds it
            return False
        self._parts += (length + start, value or b"", end)
        self.size_bytes = size_bytes
        self.count += 1
        return True

    def parts(self, producer_id: int, producer_epoch: int, first: int) -> list[bytes]:
        """Its octets, with the numbers by which the broker knows what it has already. There must be a record."""
        time, last = self._timestamp_ms, self.count - 1
        summed = _SUMMED.pack(
            _NO_ATTRIBUTES, last, time, time, producer_id, producer_epoch, first, self.count
        )
        checksum = extend(0, summed)
        for part in self._parts:
            checksum = extend(checksum, part)
        before = _BEFORE_SUM.pack(_NO_OFFSET, self.size_bytes - _AFTER_LENGTH, _NO_LEADER_EPOCH, _FORMAT)
        return [before + _SUM.pack(checksum) + summed, *self._parts]


def _headers(record: OutRecord) -> bytes:
    parts = [varint(len(record.headers))]
    for name, value in record.headers:
        parts += (_before(name, len(value)), value)
    return b"".join(parts)


@lru_cache(maxsize=1024)
def _before(name: str, length: int) -> bytes:
    """Our events' headers have few names, and values of few lengths."""
    octets = name.encode()
    return varint(len(octets)) + octets + varint(length)


def varint(number: int) -> bytes:
    """A length or a distance, which is never negative, as Kafka (and Protocol Buffers) write signed numbers."""
    rest = number << 1
    if rest < len(_ONE_OCTET):
        return _ONE_OCTET[rest]
    octets = bytearray()
    while rest > 0x7F:
        octets.append(rest & 0x7F | 0x80)
        rest >>= 7
    octets.append(rest)
    return bytes(octets)


_ONE_OCTET = tuple(bytes((octet,)) for octet in range(0x80))
