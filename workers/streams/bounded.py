"""Nothing hangs: each wait on Kafka has a bound, and says what it waited for."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from workers.streams.faults import kafka_faults

T = TypeVar("T")


async def bounded(waiting_for: str, seconds: float, awaitable: Awaitable[T]) -> T:
    """The awaitable's result; `Disturbed` (or `Fenced`) where Kafka fails or `seconds` pass."""
    with kafka_faults(waiting_for):
        return await asyncio.wait_for(awaitable, seconds)
