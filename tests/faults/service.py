"""One service of the product as a process of its own, started again when it ends, as supervisors do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from workers.adapters.child_process import ChildProcess

STELLWERK = Path(sys.executable).with_name("stellwerk")
_WATCH_SECONDS = 0.1
_STOP_SECONDS = 40.0


class Service:
    """`exits`: how often it ended by itself. Log lines of all runs are in one file."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], directory: Path) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self.exits = 0
        self._command = ["/usr/bin/env", *(f"{k}={v}" for k, v in env.items()), *command]
        self._directory = directory
        self._child: ChildProcess | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._wanted = False

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def runs(self) -> bool:
        return self._child is not None and not self._child.ended

    def start(self) -> None:
        self._wanted = True
        self._spawn()
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())

    def kill(self) -> None:
        """kill -9; the watcher starts it again."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def pause(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)

    async def terminate(self) -> float:
        """SIGTERM, and wait for the end; seconds it took. The watcher starts it again."""
        child, started = self._child, time.monotonic()
        assert child is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGTERM)
        while not child.ended:
            if time.monotonic() - started > _STOP_SECONDS:
                raise AssertionError(f"{self.name} did not end {_STOP_SECONDS} s after SIGTERM")
            await asyncio.sleep(0.02)
        return time.monotonic() - started

    async def stop(self) -> float:
        """SIGTERM for good."""
        self._wanted = False
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None
        took = await self.terminate() if self.runs else 0.0
        if self._child is not None:
            self._child.kill()
        return took

    def _spawn(self) -> None:
        self._child = ChildProcess(self._command, directory=self._directory, log=self.log)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self._wanted and not self.runs:
                self.exits += 1
                if self._child is not None:
                    self._child.kill()
                self._spawn()


async def run_command(env: Mapping[str, str], *arguments: str, within_seconds: float = 240.0) -> str:
    """A `stellwerk` command to its end; its stdout. AssertionError with what it said where it failed."""
    out, _ = await run_command_saying(env, *arguments, within_seconds=within_seconds)
    return out


async def run_command_saying(
    env: Mapping[str, str], *arguments: str, within_seconds: float = 240.0
) -> tuple[str, str]:
    """As `run_command`: stdout, and what it says to people."""
    process = await asyncio.create_subprocess_exec(
        str(STELLWERK),
        *arguments,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), within_seconds)
    if process.returncode:
        raise AssertionError(
            f"stellwerk {' '.join(arguments)}: {process.returncode}\n{out.decode()}\n{err.decode()}"
        )
    return out.decode(), err.decode()
