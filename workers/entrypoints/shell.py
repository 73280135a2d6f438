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
import structlog
from faust.app.base import BootStrategy
from mode import Service
from mode.types import ServiceT

from workers.entrypoints.steady_memory import ready_to_serve

_log = structlog.get_logger(__name__)

Body = Callable[[], Awaitable[int | None]]
"""Runs beside the services once they have started. An exit code ends them; None lets them run on."""

LEFT_OVER_SECONDS = 1.0
LEFT_OVER_ROUNDS = 3
"""A cancelled client may start tasks of its own to close its sockets."""


class _OurServicesOnly(BootStrategy):
    enable_kafka = False
    enable_web = False


class _Shell(faust.App):
    BootStrategy = _OurServicesOnly
    producer_only = True

    def _create_directories(self) -> None:
        """Nothing of ours lies in Faust's data directory."""


class _Worker(faust.Worker):
    """Signals and supervision, without Faust's terminal decoration, process title and exits."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.spinner = None

    def run(self) -> None:
        """Until a signal or `stop`. Raises what crashed, after everything was stopped."""
        self._starting_fut = self.loop.create_task(self.start())
        try:
            self.loop.run_until_complete(self._starting_fut)
        except asyncio.CancelledError:
            _log.info("stopping")  # a signal came before the start was done
        finally:
            self.stop_and_shutdown()

    def _setproctitle(self, info: str, *, ident: str = "") -> None:
        """The operator's `ps` shows the command as it was started."""

    def _shutdown_loop(self) -> None:
        """Mode waits a second here for nothing; we cancel what is left and close."""
        for _ in range(LEFT_OVER_ROUNDS):
            if not (left := asyncio.all_tasks(self.loop)):
                break
            for task in left:
                task.cancel()
            self.loop.run_until_complete(asyncio.wait(left, timeout=LEFT_OVER_SECONDS))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
        if self.crash_reason:
            raise self.crash_reason


class _BodyService(Service):
    def __init__(self, body: Body, **options: Any) -> None:
        super().__init__(**options)
        self._body = body
        self.exit_code = 0
        self.end: Callable[[], Awaitable[None]] | None = None

    @Service.task
    async def _run(self) -> None:
        code = await self._body()
        if code is not None and self.end is not None:
            self.exit_code = code
            self._ending = asyncio.ensure_future(
                self.end()
            )  # it stops this task, so it cannot be awaited here


def socket_loop() -> asyncio.AbstractEventLoop:
    """For a process whose time goes into many small reads and writes: uvloop's, where it is installed."""
    try:
        import uvloop
    except ImportError:  # it has no wheels for musl, PyPy and Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def run_services(
    name: str,
    services: Sequence[ServiceT],
    body: Body | None = None,
    *,
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> int:
    """Run the services until SIGINT or SIGTERM, until `body` returns a code, or until one crashes. Blocks.

    The services start in order and stop in the reverse order. Returns the exit code; raises what crashed.
    """
    ready_to_serve()
    loop = new_loop()
    asyncio.set_event_loop(loop)
    app = _Shell(name, broker="kafka://unused.invalid", autodiscover=False, datadir=tempfile.gettempdir())
    last = _BodyService(body) if body else None
    worker = _Worker(
        app,
        *services,
        *([last] if last else []),
        loop=loop,
        quiet=True,
        override_logging=False,
        stdout=io.StringIO(),
    )
    if last is not None:
        last.end = worker.stop
    worker.run()
    return last.exit_code if last else 0
