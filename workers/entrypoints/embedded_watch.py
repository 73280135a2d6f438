"""Starts an embedded server again that ended by itself: it is ours, and nobody else would."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import structlog
from mode import Service

from workers.errors import DependencyUnavailable

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0


class EmbeddedServer(Protocol):
    @property
    def running(self) -> bool: ...

    def start(self) -> None:
        """At the same address as before. Blocks; `DependencyUnavailable` where it does not come up."""
        ...

    def kill(self) -> None:
        """Also what is left of one that ended."""
        ...


class EmbeddedWatch(Service):
    """Meanwhile everything waits, as for any server: Kafka has its log on disk, and views are rebuilt from it."""

    def __init__(self, servers: Sequence[EmbeddedServer], **options: Any) -> None:
        super().__init__(**options)
        self._servers = servers
        self._starting: asyncio.Future[None] | None = None

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            for server in self._servers:
                if not server.running:
                    await self._start_again(server)
            await self.sleep(LOOK_SECONDS)

    async def _start_again(self, server: EmbeddedServer) -> None:
        name = type(server).__name__
        _log.error("embedded-server-ended", server=name)
        self._starting = asyncio.ensure_future(asyncio.to_thread(_anew, server))
        try:
            await asyncio.shield(self._starting)
        except DependencyUnavailable as error:
            _log.warning("dependency-unavailable", what=name, reason=error.public)

    async def on_shutdown(self) -> None:
        """A start under way is waited for: whoever stops the servers next must meet it done."""
        if self._starting is not None:
            await asyncio.wait([self._starting])


def _anew(server: EmbeddedServer) -> None:
    server.kill()
    server.start()
