"""A small topic that is read again and again, while its broker dies and comes back."""

import asyncio

import pytest
from aiokafka import ConsumerRecord

from schemas.topics import POLICY_ACTIVATIONS
from tests.support.own_broker import own_kafka
from tests.support.shipped_examples import an_example
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_tail import TopicTail
from workers.adapters.kafka_writer import KafkaWriter
from workers.adapters.topics_apply import ensure_topics
from workers.errors import DependencyUnavailable
from workers.ports import OutRecord

kafka = own_kafka


async def test_an_outage_beyond_its_bound_is_a_dependency_to_wait_for(
    kafka: EmbeddedKafka, topic_prefix: str
) -> None:
    """Given a read that its bound cuts short, then nothing ends in aiokafka's own CancelledError, and it reads on."""
    connection = KafkaConnection(kafka.bootstrap, topic_prefix)
    await ensure_topics(connection, partitions=1)
    activation = an_example(POLICY_ACTIVATIONS)
    await KafkaWriter(connection).write([OutRecord(POLICY_ACTIVATIONS.name, b"live", activation.write())])
    read: list[ConsumerRecord[bytes, bytes]] = []
    tail = TopicTail(connection, POLICY_ACTIVATIONS, read.append, bound_seconds=1.0)
    await tail.refresh()
    assert 1 == len(read)
    await asyncio.to_thread(kafka.kill)
    for _ in range(3):
        with pytest.raises(DependencyUnavailable):
            await tail.refresh()
    await asyncio.to_thread(kafka.start)
    while len(read) < 2:  # from the beginning, as the one that it followed is gone
        await _unless_away(tail)
    await tail.stop()


async def _unless_away(tail: TopicTail) -> None:
    try:
        await tail.refresh()
    except DependencyUnavailable:
        return
