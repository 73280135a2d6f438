"""Start and stop services of the engine inside a test."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from aiokafka.errors import KafkaError

from tests.support.counting_lane import CountingTopics
from tests.support.eventually import eventually
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.redis_client import redis_client
from workers.adapters.redis_view_store import RedisViewStore
from workers.streams.config import LaneServiceConfig
from workers.streams.group_service import GroupService
from workers.streams.lane_service import LaneService

S = TypeVar("S", bound=GroupService)


class RedisStore(RedisViewStore):
    """The real store with a client of its own, closed at the end."""

    def __init__(self, valkey: EmbeddedValkey) -> None:
        self.client = redis_client(valkey.url)
        super().__init__(self.client)

    async def __aenter__(self) -> "RedisStore":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.client.aclose()


@asynccontextmanager
async def running_service(service: S) -> AsyncIterator[S]:
    """Started, and stopped at the end, also after a failure."""
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


def running(config: LaneServiceConfig) -> AbstractAsyncContextManager[LaneService]:
    """A started `LaneService`."""
    return running_service(LaneService(config))


async def counted(topics: CountingTopics, records: int, *, within: float = 40.0) -> None:
    """Wait until so many outputs can be read."""

    async def enough() -> bool:
        try:
            return len(await topics.read_counted()) >= records
        except KafkaError:  # the broker is away: a part of the test
            return False

    await eventually(enough, within=within, every=0.3)
