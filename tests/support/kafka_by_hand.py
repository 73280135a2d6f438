"""What an administrator does with Kafka's own tools, beside Stellwerk."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.e2e.running_up import RunningUp


async def create_topic(up: RunningUp, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=up.addresses["kafka"])
    await admin.start()
    try:
        await admin.create_topics([NewTopic(up.prefix + name, 2, 1)])
    finally:
        await admin.close()


async def ends(up: RunningUp) -> dict[TopicPartition, int]:
    """Of every topic of the installation."""
    consumer = AIOKafkaConsumer(bootstrap_servers=up.addresses["kafka"])
    await consumer.start()
    try:
        names = [name for name in await consumer.topics() if name.startswith(up.prefix)]
        cluster = await consumer._client.fetch_all_metadata()
        parts = [TopicPartition(name, p) for name in names for p in cluster.partitions_for_topic(name)]
        found: dict[TopicPartition, int] = await consumer.end_offsets(parts)
        return found
    finally:
        await consumer.stop()
