"""CPU of processes over a while, each with its children."""

from __future__ import annotations

import time
from collections.abc import Mapping

import psutil


class CpuShares:
    """Begins when it is made."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._since = time.monotonic()
        self._before = self._used()

    def percent(self) -> dict[str, float]:
        """Of one core, since the beginning."""
        seconds = time.monotonic() - self._since
        return {name: 100 * (used - self._before[name]) / seconds for name, used in self._used().items()}

    def seconds(self) -> dict[str, float]:
        """CPU seconds since the beginning."""
        return {name: used - self._before[name] for name, used in self._used().items()}

    def _used(self) -> dict[str, float]:
        return {name: _seconds(psutil.Process(pid)) for name, pid in self._pids.items()}


def _seconds(process: psutil.Process) -> float:
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)
