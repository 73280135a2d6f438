"""More partitions for topics that hold tickets: refused by the command, and noticed where it was done by hand."""

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from schemas.topics import TICKETS_STATE, TOPICS
from tests.faults.service import run_command
from tests.support.eventually import eventually
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_admin import kafka_admin
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_ticket_partitions import KafkaTicketPartitions
from workers.adapters.topics_apply import apply_topics
from workers.errors import WrongConfiguration
from workers.key_partition import partition_of_key

TICKETS = [f"T-{number:012X}".encode() for number in range(40)]


@pytest.fixture
async def connection(kafka: EmbeddedKafka, topic_prefix: str) -> KafkaConnection:
    """Two partitions, with tickets in both."""
    found = KafkaConnection(kafka.bootstrap, topic_prefix)
    await apply_topics(found, partitions=2)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for key in TICKETS:
            await producer.send(
                found.topic(TICKETS_STATE), b"{}", key=key, partition=partition_of_key(key, 2)
            )
    return found


async def test_the_count_that_tickets_were_written_with_is_taken(connection: KafkaConnection) -> None:
    """Given nothing was changed, then each ticket has its partition."""
    partitions = KafkaTicketPartitions(connection)
    await partitions.refresh()
    assert [partition_of_key(key, 2) for key in TICKETS] == [partitions.of(key.decode()) for key in TICKETS]


async def test_more_partitions_given_by_hand_stop_routing(connection: KafkaConnection) -> None:
    """Given every topic grown with Kafka's own means, then no lane decides, and it says why."""
    admin = AIOKafkaAdminClient(bootstrap_servers=connection.bootstrap_servers)
    await admin.start()
    shared = {connection.topic(topic): NewPartitions(4) for topic in TOPICS if topic.shared_partitions}
    await admin.create_partitions(shared)
    await admin.close()
    await eventually(
        lambda: _are_grown(connection), every=0.1
    )  # the controller answers before the broker knows

    with pytest.raises(WrongConfiguration, match="given 4 partitions after tickets had been written"):
        await KafkaTicketPartitions(connection).refresh()


async def _are_grown(connection: KafkaConnection) -> bool:
    async with kafka_admin(connection) as admin:
        found = await admin.topics(connection.topic(topic) for topic in TOPICS if topic.shared_partitions)
    return {4} == {each.partitions for each in found.values()}


async def test_the_command_refuses_and_says_what_to_do_instead(connection: KafkaConnection) -> None:
    """Given two partitions, when four are asked for, then exit 1, and the topics are as they were."""
    env = {
        "STELLWERK_PREFIX": connection.prefix,
        "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": connection.bootstrap_servers,
    }
    with pytest.raises(AssertionError) as refused:
        await run_command(env, "topics", "apply", "--partitions", "4")
    assert "apply --partitions 4: 1" in str(refused.value)
    assert "start a new installation under another prefix" in " ".join(str(refused.value).split())
    await KafkaTicketPartitions(connection).refresh()
