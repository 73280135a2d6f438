"""Records whose header keys are no UTF-8: aiokafka 0.14 can't read them, nor anything after them.

The protocol calls a header key a string, but brokers don't look, and librdkafka writes what it is given. One such
record in a topic that others write (`tickets.commands`, `orders.placed`) would stop its partition for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy


def read_any_header_key() -> None:
    """Make every consumer of this process show what is no UTF-8 as `\\xff`. Idempotent; before the first consumer."""
    fetcher.MemoryRecords = LenientRecords


class LenientRecords:
    """aiokafka's `MemoryRecords`: the batches of one answer to a fetch."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._records = MemoryRecords(data)
        self._given = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def has_next(self) -> bool:
        return bool(self._records.has_next())

    def next_batch(self) -> Any:
        batch = self._records.next_batch()
        self._given += 1
        return batch if batch is None else _Batch(batch, self._data, self._given - 1)


class _Batch:
    """One batch, read by aiokafka's compiled code, and from the first bad header key on by its slow twin."""

    def __init__(self, batch: Any, data: bytes, place: int) -> None:
        self._batch = batch
        self._data = data
        self._place = place

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._batch:
                read += 1
                yield record
        except UnicodeDecodeError:
            yield from islice(_LenientBatch(_raw_batch(self._data, self._place)), read, None)


def _raw_batch(data: bytes, place: int) -> Any:
    records = _MemoryRecordsPy(data)
    for _ in range(place):
        records._cache_next()
    return records._next_slice


class _LenientBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # untyped there
    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _LenientBuffer(self._buffer)


class _LenientBuffer(bytearray):
    """Its parts decode whatever they hold."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _LenientBuffer(found) if isinstance(place, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
