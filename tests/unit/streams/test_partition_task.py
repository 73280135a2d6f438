"""A task that works on a partition outlives whatever a dependency does."""

import asyncio

import pytest

from tests.support.eventually import eventually
from workers.errors import DependencyUnavailable
from workers.streams.config import Timing
from workers.streams.observer import NoObserver
from workers.streams.partition_task import PartitionTask


class Troubled(PartitionTask):
    """Raises what it is told, once, and then works until it is released."""

    def __init__(self, trouble: BaseException) -> None:
        super().__init__("troubled", 0, Timing(backoff_first=0.001), NoObserver())
        self.begun = 0
        self._trouble = trouble

    async def work(self) -> None:
        self.begun += 1
        if self.begun == 1:
            raise self._trouble
        await asyncio.Event().wait()


@pytest.mark.parametrize("trouble", [DependencyUnavailable("away"), asyncio.CancelledError()])
async def test_it_begins_anew_after_trouble(trouble: BaseException) -> None:
    """A client's CancelledError that nobody asked for is trouble, not a release."""
    task = Troubled(trouble)
    task.start()
    await eventually(lambda: task.begun == 2)
    assert "released" != task.health().state
    await task.release(1.0)
    assert "released" == task.health().state


async def test_a_bug_ends_it_and_is_heard_of() -> None:
    """It is no trouble of a dependency."""
    task = Troubled(KeyError("a bug"))
    task.start()
    await eventually(lambda: task.failure is not None)
    assert isinstance(task.failure, KeyError)


class Stubborn(PartitionTask):
    """Loses its first cancellation, as `wait_for` of Python 3.11 can."""

    async def work(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()


async def test_a_release_leaves_no_orphan() -> None:
    """T7: it would work on beside the next owner."""
    task = Stubborn("stubborn", 0, Timing(), NoObserver())
    task.start()
    await asyncio.sleep(0)
    await task.release(0.1)
    assert "released" == task.health().state
