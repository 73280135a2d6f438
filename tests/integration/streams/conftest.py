"""Topics of a counting processor, and the real store, for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.support.counting_lane import CountingTopics
from tests.support.running_lanes import RedisStore
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey


@pytest.fixture
async def topics(kafka: EmbeddedKafka, topic_prefix: str) -> CountingTopics:
    created = CountingTopics(topic_prefix, bootstrap=kafka.bootstrap)
    await created.create()
    return created


@pytest.fixture
async def store(valkey: EmbeddedValkey) -> AsyncIterator[RedisStore]:
    async with RedisStore(valkey) as opened:
        yield opened
