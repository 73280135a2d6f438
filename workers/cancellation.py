"""Whose cancellation a CancelledError is.

A call of a client library can end in one that nobody asked for: aiokafka cancels its own tasks while a broker is
away, and who awaits them hears of it as if he were meant. Taken for ours, it would end a worker's task for good, and
nobody would see a failure. What works on and on therefore turns it into `DependencyUnavailable`, and tries again.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from workers.errors import DependencyUnavailable


def is_ours() -> bool:
    """Within `except CancelledError`: whether somebody has asked to end the task that runs."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


@contextmanager
def only_ours(doing: str) -> Iterator[None]:
    """Lets our own cancellation through; any other is raised as `DependencyUnavailable`."""
    try:
        yield
    except asyncio.CancelledError as error:
        if is_ours():
            raise
        raise DependencyUnavailable("A client gave up", doing=doing) from error
