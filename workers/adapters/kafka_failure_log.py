"""What a broker that did not start wrote about it, for the person at the terminal."""

import re
from collections.abc import Iterable
from pathlib import Path

LINES_SHOWN = 12
TELLING = re.compile(r" (ERROR|FATAL) |Exception|^Caused by|^Error|OutOfMemory")
STACK = re.compile(r"^\s+at ")


def why_it_failed(logs: Iterable[Path]) -> str:
    """The first lines that name an error, else the last lines; a broker's log holds no mail."""
    lines = [line for log in logs for line in _lines(log) if not STACK.match(line)]
    telling = [line for line in lines if TELLING.search(line)]
    return "\n".join(telling[:LINES_SHOWN] or lines[-LINES_SHOWN:])


def lost_a_port(logs: Iterable[Path]) -> bool:
    """Somebody took a port between our choice and the broker's start: worth another try with other ports."""
    return any("Address already in use" in line for log in logs for line in _lines(log))


def _lines(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines() if log.exists() else []
