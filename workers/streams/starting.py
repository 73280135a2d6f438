"""Start aiokafka's clients within a bound, and leave nothing behind where that is cut short."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from workers.streams.bounded import bounded

GRACE_SECONDS = 1.0


async def started(what: str, within: float, starting: Coroutine[Any, Any, object]) -> None:
    """`Disturbed` where it does not start in time. Close the client in any case.

    A start that is cut short (a lane is released) gets a moment: a connection that is being made belongs to nobody
    yet, and aiokafka would abandon it.
    """
    task = asyncio.ensure_future(starting)
    try:
        await bounded(what, within, asyncio.shield(task))
    except BaseException:
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        task.cancel()
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        if task.done() and not task.cancelled():
            task.exception()
        raise
