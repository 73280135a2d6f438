"""Several processes of one service: each is started again when it ends, and none outlives us (child_guard.py)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Sequence

import structlog

from workers.adapters import child_guard

_log = structlog.get_logger(__name__)

WRONG_USE = 2
"""The exit code of a process that would fail again however often it is started."""

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, _HEALTHY_SECONDS = 0.5, 30.0, 60.0


class ProcessGroup:
    """`commands`: one a process; the first word is an absolute path. They get our environment and our output.

    `stop_seconds`: from SIGTERM to SIGKILL.
    """

    def __init__(self, commands: Sequence[Sequence[str]], *, stop_seconds: float) -> None:
        self._commands = commands
        self._stop_seconds = stop_seconds
        self._stopping = asyncio.Event()
        self._exit_code = 0

    async def run(self) -> int:
        """Until SIGTERM, SIGINT or `stop`; then all have ended. 0, or `WRONG_USE` where one ended with that."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        reading, lifeline = os.pipe()
        try:
            async with asyncio.TaskGroup() as group:
                for place, command in enumerate(self._commands):
                    group.create_task(self._keep(place, command, reading))
        finally:
            os.close(lifeline)
            os.close(reading)
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
        return self._exit_code

    def stop(self) -> None:
        """Ask all to end."""
        self._stopping.set()

    async def _keep(self, place: int, command: Sequence[str], reading: int) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._run(command, reading)
            if self._stopping.is_set():
                return
            if code == WRONG_USE:
                self._exit_code = WRONG_USE
                self.stop()
                return
            _log.error("smtp-process-ended", process=place, code=code)
            healthy = time.monotonic() - began > _HEALTHY_SECONDS
            pause = _FIRST_PAUSE_SECONDS if healthy else min(pause * 2, _LONGEST_PAUSE_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run(self, command: Sequence[str], reading: int) -> int:
        """One life: its exit code; ours to end when we stop."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", child_guard.__file__, str(reading), *command),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=(reading,),
            start_new_session=True,
        )
        ended = asyncio.ensure_future(process.wait())
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait((ended, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ended.done():
            await self._end(process, ended)
        _kill_group(process)  # also what a killed one has left behind
        return await ended

    async def _end(self, process: Process, ended: asyncio.Future[int]) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(ended), self._stop_seconds)


def _kill_group(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
