"""A transaction that was committed, or not, and whose marker is missing in the view's topic.

A broker's kill -9 leaves one behind now and then; here it is made: the producer writes to the partition without
telling the coordinator, which the broker lets pass while it does not verify transactions.
"""

from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidTxnState
from aiokafka.structs import OffsetAndMetadata

from tests.support.counting_lane import CountingTopics, violations
from tests.support.eventually import eventually
from tests.support.running_lanes import RedisStore, counted, running
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.key_partition import partition_of_key
from workers.streams.positions import positions_record
from workers.streams.transaction import PROOF_HEADER

KEY = "k"


@pytest.fixture
async def unverified(kafka: EmbeddedKafka) -> AsyncIterator[None]:
    await _verify_transactions(kafka, "false")
    yield
    await _verify_transactions(kafka, "true")


async def test_a_transaction_that_is_proven_committed_is_released(
    topics: CountingTopics, store: RedisStore, unverified: None
) -> None:
    """Its offsets carry its id: the view is rebuilt with it, and counting goes on behind it."""
    await topics.put([KEY] * 3)
    await _count_one_without_marker(topics, store, proof="1-2-3", committed_proof="1-2-3")
    async with running(topics.config(store)):
        await counted(topics, 3)
    assert [] == violations(await topics.read_counted(), [KEY] * 3)


async def test_a_transaction_that_nothing_proves_is_waited_for(
    topics: CountingTopics, store: RedisStore, unverified: None
) -> None:
    """Neither committed nor dropped by a guess: the lane says what it waits for, and is not ready."""
    await topics.put([KEY] * 3)
    await _count_one_without_marker(topics, store, proof="1-2-3", committed_proof="1-2-2")
    async with running(topics.config(store)) as service:
        await eventually(lambda: "waiting" in [lane.state for lane in service.health().lanes], within=20)
        reasons = {lane.reason for lane in service.health().lanes if lane.state == "waiting"}
        assert {"The view's topic ends in a transaction without its marker"} == reasons
        assert not service.health().ready


async def _count_one_without_marker(
    topics: CountingTopics, store: RedisStore, *, proof: str, committed_proof: str
) -> None:
    """What the lane does with the first record, but the marker is missing in the view's topic."""

    async def written() -> bool:
        try:
            await _write_without_marker(topics, store, proof, committed_proof)
        except InvalidTxnState:  # the broker does not know yet that it should not verify
            return False
        return True

    await eventually(written, within=20, every=0.5)


async def _write_without_marker(
    topics: CountingTopics, store: RedisStore, proof: str, committed_proof: str
) -> None:
    config = topics.config(store)
    partition = partition_of_key(KEY.encode(), topics.partitions)
    transactional_id = f"{config.transactional_id}-{partition}"
    producer = AIOKafkaProducer(**topics.kafka, transactional_id=transactional_id)
    await producer.start()
    try:
        await _transact(producer, topics, config.group_id, partition, (proof, committed_proof))
    finally:
        await producer.stop()


async def _transact(
    producer: AIOKafkaProducer, topics: CountingTopics, group_id: str, partition: int, proofs: tuple[str, str]
) -> None:
    proof, committed_proof = proofs
    await producer.begin_transaction()
    producer._txn_manager._txn_partitions.add(TopicPartition(topics.state, partition))
    headers = [(PROOF_HEADER, proof.encode())]
    await producer.send_and_wait(topics.state, b"1", KEY.encode(), partition, headers=headers)
    positions = positions_record(topics.state, partition, _positions(topics, partition))
    await producer.send_and_wait(topics.state, positions.value, positions.key, partition, headers=headers)
    source = [("source", f"{topics.inputs[0]}/{partition}/0".encode())]
    await producer.send_and_wait(topics.counted, b"1", KEY.encode(), partition, headers=source)
    stands = _positions(topics, partition).items()
    offsets = {tp: OffsetAndMetadata(offset, committed_proof) for tp, offset in stands}
    await producer.send_offsets_to_transaction(offsets, group_id)
    await producer.commit_transaction()


def _positions(topics: CountingTopics, partition: int) -> dict[TopicPartition, int]:
    """Behind the first record of the first input."""
    first, second = (TopicPartition(topic, partition) for topic in topics.inputs)
    return {first: 1, second: 0}


async def _verify_transactions(kafka: EmbeddedKafka, value: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    setting = {"transaction.partition.verification.enable": value}
    await admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", setting)])
    await admin.close()
