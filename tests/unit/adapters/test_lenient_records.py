"""A header key that is no UTF-8 stops nothing."""

from __future__ import annotations

import pytest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords

from workers.adapters.lenient_records import LenientRecords

GOOD = "ce_id"


class Octets(str):
    """A header key as other clients may write it."""

    __slots__ = ("octets",)
    octets: bytes

    def encode(self, *_: str) -> bytes:
        return self.octets


def octets(raw: bytes) -> Octets:
    made = Octets("key")
    made.octets = raw
    return made


def a_batch(base_offset: int, keys: list[str], compression: int = 0) -> bytes:
    """A record for each header key."""
    builder = _DefaultRecordBatchBuilderPy(
        magic=2,
        compression_type=compression,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=10_000,
    )
    for offset, key in enumerate(keys):
        builder.append(offset, 1000, b"k%d" % offset, b"v", [(key, b"h")])
    written = bytearray(builder.build())
    written[:8] = base_offset.to_bytes(8, "big")
    return bytes(written)


def read(data: bytes) -> list[tuple[int, bytes, list[str]]]:
    records, found = LenientRecords(data), []
    while records.has_next():
        batch = records.next_batch()
        assert batch.validate_crc()
        found += [(r.offset, r.key, [key for key, _ in r.headers]) for r in batch]
    return found


@pytest.mark.parametrize("compression", [0, 1])
def test_each_record_is_read_once_and_in_order(compression: int) -> None:
    """Given a bad key in the middle of the second of three batches, then all is there, the key made visible."""
    bad = octets(b"\xff\xfe")
    data = (
        a_batch(0, [GOOD, GOOD]) + a_batch(2, [GOOD, bad, GOOD], compression) + a_batch(5, [bad], compression)
    )
    expected = [
        (0, b"k0", [GOOD]),
        (1, b"k1", [GOOD]),
        (2, b"k0", [GOOD]),
        (3, b"k1", ["\\xff\\xfe"]),
        (4, b"k2", [GOOD]),
        (5, b"k0", ["\\xff\\xfe"]),
    ]
    assert expected == read(data)


def test_aiokafka_alone_cannot_read_it() -> None:
    """When this fails, the module under test can go."""
    batch = MemoryRecords(a_batch(0, [octets(b"\xff")])).next_batch()
    with pytest.raises(UnicodeDecodeError):
        list(batch)
