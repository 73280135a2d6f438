"""`stellwerk smtp --processes N`: one port, several processes, each of them a whole front door."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from config.settings import Settings
from workers.adapters.process_group import ProcessGroup
from workers.errors import WrongConfiguration

_STOP_SECONDS = 15.0
"""More than the shell needs to stop what is left when its own time is over."""


def run_processes(settings: Settings, count: int) -> int:
    """Blocks until SIGTERM or Ctrl-C; the exit code. Raises `WrongConfiguration` where they can't share a port."""
    if 0 in (settings.smtp.port, settings.smtp.tls_port):
        raise WrongConfiguration(
            "Several processes share one port: give STELLWERK_SMTP__PORT a number, not 0."
        )
    commands = [
        (sys.executable, "-m", "workers.entrypoints.cli", "smtp", f"--process={number}")
        for number in range(count)
    ]
    return asyncio.run(_run(commands, settings.smtp.stop_seconds + _STOP_SECONDS))


def of_process(settings: Settings, number: int) -> Settings:
    """The settings of one of them: each answers HTTP at a port of its own, counted from the configured one."""
    port = settings.http.port + number if settings.http.port else 0
    return settings.model_copy(update={"http": settings.http.model_copy(update={"port": port})})


async def _run(commands: Sequence[Sequence[str]], stop_seconds: float) -> int:
    return await ProcessGroup(commands, stop_seconds=stop_seconds).run()
