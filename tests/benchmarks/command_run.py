"""A process from its start to its end: how long, how much CPU, how much memory, and what it said."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.benchmarks.servers import Place

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Ran:
    """`cpu_seconds`: with all its children. `peak_mb`: of the one of its processes that was largest (RSS)."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    stdout: str


def ran(place: Place, *module_and_arguments: str) -> Ran:
    """`python -m …` at this place. Exit code 1 is an answer too, all others raise."""
    began, cpu_before = time.monotonic(), _children_cpu()
    command = (sys.executable, "-m", *module_and_arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=place.env, text=True) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _largest_mb(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_SECONDS)
        stdout = process.stdout.read() if process.stdout else ""
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{module_and_arguments}: exit {process.returncode}")
    return Ran(time.monotonic() - began, _children_cpu() - cpu_before, peak, stdout)


def _largest_mb(pid: int) -> float:
    found = 0.0
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for each in (parent, *parent.children(recursive=True)):
            with suppress(psutil.Error):
                found = max(found, each.memory_info().rss / 2**20)
    return found


def _children_cpu() -> float:
    """Of processes that have ended, and of those that they had waited for."""
    times = psutil.Process().cpu_times()
    return float(times.children_user + times.children_system)
