"""A request to write batches, put into octets at once.

aiokafka makes its own of nested structures, each of which copies what is in it: seven copies of every mail.
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

Octets = bytes | bytearray
Batches = Mapping[str, Sequence[tuple[int, Octets]]]
"""Of each topic, by its name on the cluster, one for each partition."""


class AllInSync(ProduceRequest):  # type: ignore[misc]  # aiokafka has no types
    """To be acknowledged by all in-sync replicas."""

    def __init__(self, batches: Batches, timeout_ms: int) -> None:
        super().__init__(None, _ALL_IN_SYNC, timeout_ms, [*batches.items()])

    @override
    def build(self, request_struct_class: Any) -> Any:
        return super().build(_Joined if request_struct_class is ProduceRequest_v7 else request_struct_class)


class _Joined(ProduceRequest_v7):  # type: ignore[misc]
    """The version that every broker since Kafka 2.1 knows, and the latest that aiokafka reads the answer to."""

    @override
    def encode(self) -> bytes:
        request: Any = self
        parts = [_BEGINNING.pack(_NO_TRANSACTION, _ALL_IN_SYNC, request.timeout, len(request.topics))]
        for topic, batches in request.topics:
            name = topic.encode()
            parts += (_NAME.pack(len(name)), name, _COUNT.pack(len(batches)))
            for partition, octets in batches:
                parts += (_PARTITION.pack(partition, len(octets)), octets)
        return b"".join(parts)
