"""A cancellation that nobody asked for is a fault of a client, not the end of a task."""

import asyncio

import pytest

from workers.cancellation import only_ours
from workers.errors import DependencyUnavailable


async def _gives_up() -> None:
    """As aiokafka's fetcher does while a broker is away: a task of its own is cancelled, and we await it."""
    its_own = asyncio.ensure_future(asyncio.Event().wait())
    asyncio.get_running_loop().call_soon(its_own.cancel)
    await its_own


async def test_a_client_that_gives_up_is_a_dependency_to_wait_for() -> None:
    """It says what was being done."""
    with pytest.raises(DependencyUnavailable) as caught, only_ours("a read"):
        await _gives_up()
    assert {"doing": "a read"} == caught.value.detail


async def test_our_own_cancellation_ends_the_task() -> None:
    """Given a task that is asked to end, then nothing turns that into something to wait for."""

    async def works_on_and_on() -> None:
        with only_ours("work"):
            await asyncio.Event().wait()

    task = asyncio.create_task(works_on_and_on())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_a_bound_that_passes_stays_a_timeout() -> None:
    """`asyncio.timeout` cancels its own task, and takes that back."""

    async def bounded() -> None:
        async with asyncio.timeout(0.01):
            with only_ours("work"):
                await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await bounded()
