"""Wait for what must become true, without a sleep in its place."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")

PATIENCE = 4
"""A bound only ends what hangs, so a busy machine gets so many times what an idle one needs."""


@overload
async def eventually(
    condition: Callable[[], Awaitable[T]], *, within: float = ..., every: float = ...
) -> T: ...
@overload
async def eventually(condition: Callable[[], T], *, within: float = ..., every: float = ...) -> T: ...
async def eventually(
    condition: Callable[[], Awaitable[T] | T], *, within: float = 10.0, every: float = 0.02
) -> T:
    """The first true value of `condition`, asked again and again; AssertionError with the last one if it never comes.

    `within`: the seconds that an idle machine may take.
    """
    deadline = time.monotonic() + PATIENCE * within
    while True:
        outcome = condition()
        value = await outcome if inspect.isawaitable(outcome) else outcome
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {PATIENCE * within} s; last value: {value!r}")
        await asyncio.sleep(every)
