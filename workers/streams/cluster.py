"""What a cluster is called, and whether the topics are as a processor needs them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient

from workers.errors import DependencyUnavailable, WrongConfiguration
from workers.streams.bounded import bounded
from workers.streams.closing import close_within
from workers.streams.config import KafkaOptions
from workers.streams.starting import started

BOUND_SECONDS = 20.0


@asynccontextmanager
async def _admin(kafka: KafkaOptions) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**{"request_timeout_ms": int(BOUND_SECONDS * 1000), **kafka})
    try:
        await started("the cluster", BOUND_SECONDS, admin.start())
        yield admin
    finally:
        await close_within(3.0, admin.close())


async def cluster_id_of(kafka: KafkaOptions) -> str:
    """The cluster's id, a part of each view's name. `DependencyUnavailable` where it does not answer."""
    async with _admin(kafka) as admin:
        described = await bounded("the cluster's id", BOUND_SECONDS, admin.describe_cluster())
    return str(described["cluster_id"])


async def check_topics(kafka: KafkaOptions, topics: Iterable[str]) -> None:
    """All there with one partition count. Not there (yet): `DependencyUnavailable`; counts differ: ours to fix."""
    async with _admin(kafka) as admin:
        described = await bounded("the topics", BOUND_SECONDS, admin.describe_topics(sorted(topics)))
    counts = {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}
    missing = sorted(set(topics) - counts.keys())
    if missing:
        raise DependencyUnavailable(
            "A topic does not exist yet: run `stellwerk topics apply`", topics=missing
        )
    if len(set(counts.values())) != 1:
        raise WrongConfiguration("Topics that are read together need one partition count", counts=counts)
