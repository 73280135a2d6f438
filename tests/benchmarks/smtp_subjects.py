"""The servers that are compared, each in processes of its own.

`python -m tests.benchmarks.smtp_subjects PORT` is an aiosmtpd that accepts everything, until it is killed.
"""

from __future__ import annotations

import asyncio
import os
import smtplib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from aiosmtpd.smtp import SMTP

from tests.benchmarks.servers import Place
from tests.benchmarks.smtp_tools import Program, write_haraka_config
from tests.support.eventually import eventually
from workers.adapters.loopback_port import free_port

STELLWERK = Path(sys.executable).with_name("stellwerk")
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Subject:
    """A running server. Its process has children where it is several."""

    name: str
    port: int
    process: psutil.Process

    def cpu_seconds(self) -> float:
        return sum(_cpu(each) for each in self._processes())

    def most_memory_mib(self) -> float:
        """Of its largest process, at any time since its start."""
        return max(_peak_kib(each) for each in self._processes()) / 1024

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def ours(place: Place, processes: int) -> Iterator[Subject]:
    """`stellwerk smtp` as anybody runs it, with the shipped policy; a 250 of it is in Kafka."""
    port = free_port()
    env = place.env | {"STELLWERK_SMTP__PORT": str(port)}
    command = (str(STELLWERK), "smtp", f"--processes={processes}")
    with _running(f"ours, {_many(processes)}", command, env, port) as subject:
        yield subject


@contextmanager
def plain_aiosmtpd() -> Iterator[Subject]:
    port = free_port()
    command = (sys.executable, "-m", "tests.benchmarks.smtp_subjects", str(port))
    with _running("aiosmtpd", command, os.environ, port) as subject:
        yield subject


@contextmanager
def haraka(program: Program, processes: int) -> Iterator[Subject]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="haraka-") as directory:
        write_haraka_config(Path(directory), port, processes)
        command = (*program.command, "-c", directory)
        with _running(f"Haraka, {_many(processes)}", command, os.environ | program.env, port) as subject:
            yield subject


@contextmanager
def _running(name: str, command: Sequence[str], env: Mapping[str, str], port: int) -> Iterator[Subject]:
    """From its first 250 to MAIL to its end."""
    with subprocess.Popen(
        command, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            asyncio.run(eventually(lambda: _takes_mail(port), within=START_SECONDS, every=0.3))
            yield Subject(name, port, psutil.Process(server.pid))
        finally:
            server.terminate()


def _takes_mail(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, "client.example", timeout=5) as client:
            client.ehlo()
            return client.mail("jan@acme.test")[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _many(processes: int) -> str:
    return "1 process" if processes == 1 else f"{processes} processes"


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _peak_kib(process: psutil.Process) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


class _AcceptAll:
    """The least that an aiosmtpd handler can do."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        return "250 OK"


async def _plain(port: int) -> None:
    handler = _AcceptAll()
    await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="localhost", enable_SMTPUTF8=True), "127.0.0.1", port, backlog=4096
    )
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_plain(int(sys.argv[1])))
