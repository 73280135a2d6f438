"""Room on disk for what a command keeps of history while it reads it: memory shall not grow with that."""

from collections.abc import Iterator
from contextlib import contextmanager

from workers.adapters.spool import Spool
from workers.entrypoints.steady_memory import ready_for_history


@contextmanager
def spool() -> Iterator[Spool]:
    """A temporary file, gone at the end."""
    ready_for_history()
    made = Spool()
    try:
        yield made
    finally:
        made.close()
