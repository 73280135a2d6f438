"""In-memory stand-ins for where accepted mail goes. They keep the contracts of `workers.ports`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256

from schemas.mail import InboundMail
from workers.errors import DependencyUnavailable, InvalidInput
from workers.ports import Ack, OutRecord


class FakeInboundLog:
    """`available` False: the broker is away. `acknowledging` unset: acknowledgements are late."""

    def __init__(self) -> None:
        self.records: list[OutRecord] = []
        self.available = True
        self.acknowledging = asyncio.Event()
        self.acknowledging.set()
        self.appends_begun = 0

    async def append(self, records: Sequence[OutRecord]) -> list[Ack]:
        self.appends_begun += 1
        if not self.available:
            raise DependencyUnavailable("The log of accepted mail is not available")
        await self.acknowledging.wait()
        first = len(self.records)
        self.records.extend(records)
        return [Ack(record.topic, 0, first + place) for place, record in enumerate(records)]

    @property
    def mails(self) -> list[InboundMail]:
        """What a consumer of `mail.inbound` would read."""
        return [InboundMail.read(record.value or b"") for record in self.records]


class FakeBlobStore:
    """`full` True: the disk is full."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.full = False

    async def put(self, sha256: str, content: bytes) -> str:
        if self.full:
            raise DependencyUnavailable("The blob store does not take content now")
        self.blobs[sha256] = content
        return f"memory://blobs/{sha256[:2]}/{sha256}"

    async def get(self, ref: str) -> bytes:
        content = self.blobs.get(ref.rpartition("/")[2])
        if content is None:
            raise InvalidInput("There is no such blob")
        if sha256(content).hexdigest() != ref.rpartition("/")[2]:
            raise InvalidInput("The blob is not what its address says")
        return content

    async def stream(self, ref: str) -> AsyncIterator[bytes]:
        content = await self.get(ref)
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]
