"""Topics of a counting processor, and the real store, for each test."""

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.counting_lane import CountingTopics
from tests.support.running_lanes import RedisStore
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

HERE = Path(__file__).parent
ABANDONED = "ignore::pytest.PytestUnraisableExceptionWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """aiokafka abandons a connection that is being made when its lane is released, or when the broker dies; it says
    so when the connection is collected. Noise (T11), which must not fail a later test either."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings(ABANDONED))


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
async def topics(kafka: EmbeddedKafka, topic_prefix: str) -> CountingTopics:
    created = CountingTopics(topic_prefix, bootstrap=kafka.bootstrap)
    await created.create()
    return created


@pytest.fixture
async def store(valkey: EmbeddedValkey) -> AsyncIterator[RedisStore]:
    async with RedisStore(valkey) as opened:
        yield opened
