"""An index of a topic that follows its topic while a test looks at it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol, TypeVar


class Follows(Protocol):
    async def run(self) -> None: ...


Index = TypeVar("Index", bound=Follows)


@asynccontextmanager
async def running(index: Index) -> AsyncIterator[Index]:
    following = asyncio.create_task(index.run())
    try:
        yield index
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
