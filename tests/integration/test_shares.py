"""Work that processes share: results in order, what is raised, and no process that outlives its use."""

import multiprocessing
import os
import signal
import time
from contextlib import aclosing

import pytest

from workers.entrypoints.shares import Tell, all_shared, how_many, shared
from workers.errors import DependencyUnavailable, InvalidInput


def nobody(_done: int) -> None:
    """Nobody looks."""


def doubled(number: int, tell: Tell) -> tuple[int, int]:
    tell(500 * number)
    return 2 * number, os.getpid()


def refused(number: int, tell: Tell) -> int:
    raise InvalidInput("no such policy", number=number)


def killed(number: int, tell: Tell) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def for_ever(number: int, tell: Tell) -> int:
    while number:
        time.sleep(1)
    return number


async def test_results_come_in_the_order_of_the_tasks_from_other_processes() -> None:
    """And the parent hears how many are done in all of them together."""
    heard: list[int] = []
    results = await all_shared(doubled, [(1,), (2,), (3,)], 2, heard.append)
    assert [2, 4, 6] == [number for number, _ in results]
    assert os.getpid() not in {process for _, process in results}
    assert 500 * 6 == heard[-1]


async def test_what_is_raised_there_is_raised_here() -> None:
    """With the text that people are shown."""
    with pytest.raises(InvalidInput, match="no such policy"):
        await all_shared(refused, [(1,)], 1, nobody)


async def test_a_killed_process_is_no_silent_loss() -> None:
    """As when the machine has no memory left."""
    with pytest.raises(DependencyUnavailable):
        await all_shared(killed, [(1,), (2,)], 2, nobody)


async def test_leaving_early_ends_the_processes() -> None:
    """Ctrl-C, or an error in what is done with a result: nobody waits for the rest."""
    async with aclosing(shared(for_ever, [(0,), (1,), (1,)], 2, nobody)) as results:
        assert 0 == await anext(results)
    assert [] == multiprocessing.active_children()


def test_short_histories_are_not_worth_other_processes() -> None:
    """Unless somebody asks for them; and there are never more than partitions."""
    assert (1, 2, 4) == (how_many(None, 100, 4), how_many(2, 100, 4), how_many(8, 100, 4))
    assert 1 <= how_many(None, 10**6, 4) <= 4
    assert 1 == how_many(None, 10**6, 1)
