"""Work over history shared by processes, a partition at a time: one Python process uses one core only."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import aclosing
from multiprocessing.sharedctypes import SynchronizedArray
from typing import Annotated, Any, TypeVar

import typer

from workers.errors import DependencyUnavailable

R = TypeVar("R")
Tell = Callable[[int], None]

Jobs = Annotated[
    int | None,
    typer.Option(
        min=1, help="Processes that share the partitions. By default as many as cores, for long histories."
    ),
]

WORTH_SHARING = 20_000
"""Decisions, below which one process is done before others have started."""

_LOOK_SECONDS = 0.2

_told: SynchronizedArray[int] | None = None


def how_many(jobs: int | None, decisions: int, partitions: int) -> int:
    """Processes to use. 1: this one."""
    wanted = jobs or (os.cpu_count() or 1 if decisions >= WORTH_SHARING else 1)
    return max(1, min(wanted, partitions))


async def shared(
    work: Callable[..., R], tasks: Sequence[tuple[Any, ...]], jobs: int, tell: Tell
) -> AsyncGenerator[R, None]:
    """What `work(*task, tell)` gives for each task, in their order. Both must be picklable, `work` by its name.

    `tell` hears how many are done in all processes together. Leaving the iterator ends the processes, whatever
    they do; they end with this process, too. What `work` raises is raised here. Raises `DependencyUnavailable`
    where a process is killed.
    """
    context = multiprocessing.get_context("spawn")
    told: SynchronizedArray[int] = context.Array("q", len(tasks))
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(told,)) as pool:
        futures = [pool.submit(_work, work, task, number) for number, task in enumerate(tasks)]
        try:
            for future in futures:
                yield await _watched(future, told, tell)
        except BrokenProcessPool as error:
            raise DependencyUnavailable("A process that shared the work was killed.") from error
        finally:
            if not all(future.done() for future in futures):
                for child in multiprocessing.active_children():
                    child.terminate()


async def all_shared(
    work: Callable[..., R], tasks: Sequence[tuple[Any, ...]], jobs: int, tell: Tell
) -> list[R]:
    """All of it at once."""
    async with aclosing(shared(work, tasks, jobs, tell)) as results:
        return [result async for result in results]


async def _watched(future: Future[R], told: SynchronizedArray[int], tell: Tell) -> R:
    waiting = asyncio.wrap_future(future)
    while not waiting.done():
        await asyncio.wait([waiting], timeout=_LOOK_SECONDS)
        tell(sum(told[:]))
    return waiting.result()


def _begin(told: SynchronizedArray[int]) -> None:
    """In a new process: Ctrl-C ends it at once, and its parent says so."""
    global _told  # noqa: PLW0603  # what a pool hands to its processes can only be kept so
    _told = told
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _work(work: Callable[..., R], task: tuple[Any, ...], number: int) -> R:
    def tell(done: int) -> None:
        if _told is not None:
            _told[number] = done

    return work(*task, tell)
