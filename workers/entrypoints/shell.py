"""The Faust shell: one app per process runs our services, signals and the orderly stop. DESIGN part 7.

The data path is ours (`workers.streams`); Faust's own consumer, producer and web server stay off, so that a
service starts and waits while the broker is down instead of crashing (T13).
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import faust
from faust.app.base import BootStrategy
from mode.types import ServiceT

Started = Callable[[], Awaitable[None]]


class _OurServicesOnly(BootStrategy):
    enable_kafka = False
    enable_web = False


class _Shell(faust.App):
    BootStrategy = _OurServicesOnly
    producer_only = True

    def _create_directories(self) -> None:
        """Nothing of ours lies in Faust's data directory."""


class _Worker(faust.Worker):
    """Signals and supervision, without Faust's terminal decoration and process title."""

    def __init__(self, *args: Any, on_ready: Started | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.spinner = None
        self._on_ready = on_ready

    def _setproctitle(self, info: str, *, ident: str = "") -> None:
        """The operator's `ps` shows the command as it was started."""

    def _shutdown_loop(self) -> None:
        """Mode waits a second here for nothing; we cancel what is left and close."""
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.wait(left, timeout=2.0))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
        if self.crash_reason:
            raise self.crash_reason

    async def on_started(self) -> None:
        if self._on_ready is not None:
            await self._on_ready()
        await super().on_started()


def run_services(name: str, services: Sequence[ServiceT], *, on_ready: Started | None = None) -> int:
    """Run the services until SIGINT or SIGTERM, or until one of them crashes. Blocks.

    The services start in order and stop in the reverse order. `on_ready` runs after all have started. Returns
    the exit code: 0 after a signal, 1 after a crash.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    app = _Shell(name, broker="kafka://unused.invalid", autodiscover=False, datadir=tempfile.gettempdir())
    worker = _Worker(
        app,
        *services,
        loop=loop,
        on_ready=on_ready,
        quiet=True,
        override_logging=False,
        stdout=io.StringIO(),
    )
    try:
        worker.execute_from_commandline()
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 1
