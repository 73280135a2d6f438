"""Close aiokafka's clients within a bound, whatever state they are in.

Their `stop` waits for a broker that may be away, and can end in a CancelledError of its own (a fetch that was
backing off), which must not be taken for ours.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer


async def close_within(seconds: float, closing: Coroutine[Any, Any, object]) -> bool:
    """Whether it was closed in time and without an error. Raises nothing but our own cancellation."""
    task = asyncio.ensure_future(closing)
    _, pending = await asyncio.wait([task], timeout=seconds)
    if pending:
        task.cancel()
        await asyncio.wait([task], timeout=1.0)
    return task.done() and not task.cancelled() and task.exception() is None


async def stop_consumer(consumer: AIOKafkaConsumer, within: float) -> None:
    """Leave the group where possible; in any case close the sockets."""
    if not await close_within(within, consumer.stop()):
        await close_within(1.0, consumer._client.close())
