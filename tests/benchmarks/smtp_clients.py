"""The load that servers are compared under: smtp-source where it can be had, else our own clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import NamedTuple

from tests.benchmarks.smtp_subjects import Subject
from tests.benchmarks.smtp_tools import Program

_HEADER_BYTES = 400
"""About what smtp-source adds to the payload that it is told."""


class Case(NamedTuple):
    """`goal`: of our rate to that of plain aiosmtpd."""

    name: str
    kept: bool
    size_bytes: int
    goal: float


@dataclass(frozen=True, slots=True)
class Ran:
    """CPU in seconds, of the server's and the clients' processes."""

    mails: int
    seconds: float
    server_cpu: float
    client_cpu: float

    @property
    def per_second(self) -> float:
        return self.mails / self.seconds

    @property
    def server_us(self) -> float:
        return 1e6 * self.server_cpu / self.mails

    @property
    def client_us(self) -> float:
        return 1e6 * self.client_cpu / self.mails


class Clients:
    """`at_once` clients in one process. RuntimeError where a mail is not answered 250."""

    def __init__(self, source: Program | None, at_once: int) -> None:
        self._source = source
        self._at_once = at_once

    @property
    def name(self) -> str:
        return (
            "Postfix's smtp-source" if self._source else "our own clients, which take as much CPU as a server"
        )

    def send(self, subject: Subject, case: Case, mails: int) -> Ran:
        """As fast as it takes them."""
        command = self._command(subject.port, case, mails)
        env = os.environ | (self._source.env if self._source else {})
        before, server, began = os.times(), subject.cpu_seconds(), time.perf_counter()
        done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
        seconds, after = time.perf_counter() - began, os.times()
        if done.returncode:
            raise RuntimeError(f"{subject.name} did not take all mails: {done.stderr[-300:]}")
        client = sum(after[2:4]) - sum(before[2:4])
        return Ran(mails, seconds, subject.cpu_seconds() - server, client)

    def _command(self, port: int, case: Case, mails: int) -> tuple[str, ...]:
        if self._source is None:
            return _own(port, case, self._at_once, mails, rate=0)
        kept = ("-d",) if case.kept else ()
        size = ("-l", str(case.size_bytes - _HEADER_BYTES))
        names = ("-M", "client.example", "-f", "jan@acme.test", "-t", "support@acme.example")
        many = ("-s", str(self._at_once), "-m", str(mails))
        return (*self._source.command, *kept, *size, *many, *names, f"127.0.0.1:{port}")


def waits(subject: Subject, case: Case, clients: int, mails: int, rate: float) -> list[float]:
    """The seconds to each final 250 at a steady rate."""
    command = _own(subject.port, case, clients, mails, rate)
    found: list[float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def _own(port: int, case: Case, clients: int, mails: int, rate: float) -> tuple[str, ...]:
    kind = "kept" if case.kept else "new"
    arguments = (str(port), kind, str(case.size_bytes), str(clients), str(mails), str(rate))
    return (sys.executable, "-m", "tests.benchmarks.smtp_load", *arguments)
