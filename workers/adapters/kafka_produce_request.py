"""A request to write batches, put into octets at once.

aiokafka makes its own of nested structures, each of which copies what is in it: nine copies of every mail.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.protocol.produce import ProduceRequest, ProduceRequest_v7
from typing_extensions import override

_NO_TRANSACTION, _ALL_IN_SYNC = -1, -1
_BEGINNING = struct.Struct(">hhii")
_NAME = struct.Struct(">h")
_COUNT = struct.Struct(">i")
_PARTITION = struct.Struct(">ii")

Batches = Mapping[str, Sequence[tuple[int, Sequence[bytes]]]]
"""Of each topic, by its name on the cluster, one for each partition, in parts."""


class AllInSync(ProduceRequest):  # type: ignore[misc]  # aiokafka has no types
    """To be acknowledged by all in-sync replicas."""

    def __init__(self, batches: Batches, timeout_ms: int) -> None:
        super().__init__(None, _ALL_IN_SYNC, timeout_ms, [*batches.items()])
        self._batches = batches
        self._timeout_ms = timeout_ms

    @override
    def build(self, request_struct_class: Any) -> Any:
        if request_struct_class is ProduceRequest_v7:
            return super().build(_Joined)
        joined = [
            (topic, [(partition, b"".join(parts)) for partition, parts in batches])
            for topic, batches in self._batches.items()
        ]
        return ProduceRequest(None, _ALL_IN_SYNC, self._timeout_ms, joined).build(request_struct_class)


class _Joined(ProduceRequest_v7):  # type: ignore[misc]
    """The version that every broker since Kafka 2.1 knows, and the latest that aiokafka reads the answer to."""

    @override
    def encode(self) -> Unjoined:
        request: Any = self
        parts = [_BEGINNING.pack(_NO_TRANSACTION, _ALL_IN_SYNC, request.timeout, len(request.topics))]
        for topic, batches in request.topics:
            name = topic.encode()
            parts += (_NAME.pack(len(name)), name, _COUNT.pack(len(batches)))
            for partition, octets in batches:
                parts += (_PARTITION.pack(partition, sum(map(len, octets))), *octets)
        return Unjoined(parts)


class Unjoined:
    """aiokafka's connection puts a header before a request, then the length of both: then all of it is joined."""

    __slots__ = ("_has_header", "_parts")

    def __init__(self, parts: Sequence[bytes], *, has_header: bool = False) -> None:
        self._parts = parts
        self._has_header = has_header

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __radd__(self, before: bytes) -> Unjoined | bytes:
        parts = (before, *self._parts)
        return b"".join(parts) if self._has_header else Unjoined(parts, has_header=True)
