"""What would break the promises stops the start, with the reason."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from schemas.topics import MAIL_INBOUND
from tests.faults.service import run_command
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.kafka_admin import kafka_admin
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.topic_plan import Drift
from workers.adapters.topics_apply import apply_topics

pytestmark = pytest.mark.slow


@pytest.fixture
async def env(kafka: EmbeddedKafka, valkey: EmbeddedValkey, topic_prefix: str) -> dict[str, str]:
    await apply_topics(KafkaConnection(kafka.bootstrap, topic_prefix), partitions=2)
    return {
        "STELLWERK_PREFIX": topic_prefix,
        "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
        "STELLWERK_KAFKA__PARTITIONS": "2",
        "STELLWERK_REDIS__URL": valkey.url,
        "STELLWERK_SMTP__PORT": "0",
        "STELLWERK_HTTP__PORT": "0",
        "STELLWERK_BLOBS__URL": "memory://",
        "STELLWERK_SECRET": "a secret of the tests, long enough to be one",
    }


async def _refusal(env: dict[str, str], *command: str) -> str:
    """What the command says before it ends by itself, with an exit code that is not 0."""
    with pytest.raises(AssertionError) as failure:
        await run_command(env, *command)
    return str(failure.value)


async def test_another_partition_count_is_refused(env: dict[str, str]) -> None:
    """Given topics with 2 partitions and 4 configured, then SMTP does not start, and says what to set."""
    said = await _refusal(env | {"STELLWERK_KAFKA__PARTITIONS": "4"}, "smtp")
    assert "has 2 partitions, 4 are configured" in said


async def test_a_topic_that_would_drop_mail_is_refused(env: dict[str, str], kafka: EmbeddedKafka) -> None:
    """Given mail.inbound made compacted by hand, then the workers do not start."""
    name = env["STELLWERK_PREFIX"] + MAIL_INBOUND.name
    async with kafka_admin(KafkaConnection(kafka.bootstrap)) as admin:
        await admin.mend([Drift(name, "cleanup.policy", "delete", "compact")])
    assert "cleanup.policy=compact instead of delete" in await _refusal(env, "work")


async def test_one_copy_is_refused_in_production(env: dict[str, str]) -> None:
    """Given a single broker, then production is not what it can be."""
    said = await _refusal(env | {"STELLWERK_KAFKA__PRODUCTION": "true"}, "smtp")
    assert "production needs 3" in said


async def test_a_redis_that_may_evict_is_refused(env: dict[str, str], valkey: EmbeddedValkey) -> None:
    """Given allkeys-lru, then the workers do not start: an evicted ticket would read as none."""
    client = Redis.from_url(valkey.url)
    await client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert "allkeys-lru" in await _refusal(env, "work", "route")
    finally:
        await client.config_set("maxmemory-policy", "noeviction")
        await client.aclose()
