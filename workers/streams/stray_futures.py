"""T11: after a broker's loss aiokafka leaves futures and callbacks behind whose errors nobody reads.

They are noise, not failures: counted, and kept out of the log and of whoever treats unread errors as fatal.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from aiokafka.errors import KafkaError

_COUNTS = "_stellwerk_counts_stray_futures"


def is_stray(context: Mapping[str, Any]) -> bool:
    """An unread KafkaError, the accumulator's KeyError in a callback of a batch that was given up, or the reader of
    a connection that was being made when its lane was released."""
    error = context.get("exception")
    if isinstance(error, KafkaError) or "AIOKafkaConnection._read" in repr(context.get("task", "")):
        return True
    where = repr(context.get("handle", "")) + repr(context.get("future", ""))
    return isinstance(error, KeyError) and "message_accumulator" in where


def count_stray_futures(loop: asyncio.AbstractEventLoop, stray: Callable[[str], None]) -> None:
    """From now on tell `stray` the type of each such error; everything else goes where it went before.

    One counts for the loop: where several services share it, the first.
    """
    before = loop.get_exception_handler()
    if hasattr(before, _COUNTS):
        return

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if is_stray(context):
            stray(type(context.get("exception")).__name__)
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    setattr(handle, _COUNTS, True)
    loop.set_exception_handler(handle)
