"""Provisioning on a real broker."""

from dataclasses import replace

import pytest

from schemas.topics import DIRECTORY_ENTITIES, MAIL_INBOUND, TICKETS_ROUTED, TOPICS
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_admin import kafka_admin
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.topic_plan import Drift
from workers.adapters.topics_apply import apply_topics, ensure_topics
from workers.errors import DependencyUnavailable, WrongConfiguration


@pytest.fixture
def connection(kafka: EmbeddedKafka, topic_prefix: str) -> KafkaConnection:
    return KafkaConnection(kafka.bootstrap, topic_prefix)


async def test_topics_are_made_as_the_contract_says(connection: KafkaConnection) -> None:
    """Partitions, keeping and sizes; and the second time there is nothing to do."""
    first = await apply_topics(connection, partitions=3)
    second = await apply_topics(connection, partitions=3)

    assert len(TOPICS) == len(first.create)
    assert {connection.topic(topic) for topic in TOPICS} == set(second.unchanged)
    assert () == (*second.create, *second.drifted, *second.refused)
    async with kafka_admin(connection) as admin:
        found = await admin.topics(connection.topic(topic) for topic in TOPICS)
    assert 3 == found[connection.topic(MAIL_INBOUND)].partitions
    assert 1 == found[connection.topic(DIRECTORY_ENTITIES)].partitions
    assert str(90 * 86_400_000) == found[connection.topic(MAIL_INBOUND)].configs["retention.ms"]
    assert str(7 * 86_400_000) == found[connection.topic(TICKETS_ROUTED)].configs["min.compaction.lag.ms"]


async def test_a_dry_run_changes_nothing(connection: KafkaConnection) -> None:
    """It only says what would be done."""
    plan = await apply_topics(connection, dry_run=True)

    assert len(TOPICS) == len(plan.create)
    async with kafka_admin(connection) as admin:
        assert {} == await admin.topics(connection.topic(topic) for topic in TOPICS)


async def test_a_drifted_setting_is_mended_and_others_are_kept(connection: KafkaConnection) -> None:
    """Somebody shortened the retention, and set something that is not our concern."""
    await apply_topics(connection, partitions=1)
    name = connection.topic(MAIL_INBOUND)
    async with kafka_admin(connection) as admin:
        await admin.mend(
            [Drift(name, "retention.ms", "", "60000"), Drift(name, "segment.bytes", "", "2000000")]
        )

    plan = await apply_topics(connection, partitions=1)

    assert [("retention.ms", "60000")] == [(drift.config, drift.found) for drift in plan.drifted]
    async with kafka_admin(connection) as admin:
        configs = (await admin.topics([name]))[name].configs
    assert str(90 * 86_400_000) == configs["retention.ms"]
    assert "2000000" == configs["segment.bytes"]


async def test_another_partition_count_is_refused_before_anything_is_changed(
    connection: KafkaConnection,
) -> None:
    """Tickets would change their partition."""
    await apply_topics(connection, partitions=2)
    name = connection.topic(MAIL_INBOUND)
    async with kafka_admin(connection) as admin:
        await admin.mend([Drift(name, "retention.ms", "", "60000")])

    plan = await apply_topics(connection, partitions=4)

    assert any(reason.startswith(f"{name} has 2 partitions, 4 are configured") for reason in plan.refused)
    async with kafka_admin(connection) as admin:
        assert "60000" == (await admin.topics([name]))[name].configs["retention.ms"]
    with pytest.raises(WrongConfiguration, match="murmur2"):
        await ensure_topics(connection, partitions=4)


async def test_more_copies_than_brokers_is_a_wrong_configuration(connection: KafkaConnection) -> None:
    """The cluster refuses, and its words are handed on."""
    with pytest.raises(WrongConfiguration, match="replication"):
        await apply_topics(connection, replication=3)


async def test_nobody_there_is_a_dependency_unavailable(connection: KafkaConnection) -> None:
    """With the address that was tried, and what to check."""
    nowhere = replace(connection, bootstrap_servers="127.0.0.1:1", timeout_seconds=2)
    with pytest.raises(DependencyUnavailable, match=r"127\.0\.0\.1:1 .*STELLWERK_KAFKA__BOOTSTRAP_SERVERS"):
        await apply_topics(nowhere)
