"""Provisioning: bring a cluster's topics to what schemas/topics.py says."""

from workers.adapters.kafka_admin import KafkaAdmin, kafka_admin
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.topic_plan import TopicPlan, plan_topics
from workers.adapters.topic_specs import DEFAULT_PARTITIONS, replication_for, topic_specs
from workers.errors import WrongConfiguration


async def apply_topics(
    connection: KafkaConnection,
    *,
    partitions: int = DEFAULT_PARTITIONS,
    replication: int | None = None,
    dry_run: bool = False,
) -> TopicPlan:
    """Create what is missing, mend what drifted, and say so. Doing it twice, or by two at once, is harmless.

    `replication` None: 3, or as many as there are brokers. A plan with `refused` was not carried out at all.
    Raises `DependencyUnavailable`, and `WrongConfiguration` where the cluster refuses us.
    """
    async with kafka_admin(connection) as admin:
        plan = await _plan(admin, connection.prefix, partitions, replication)
        if not (dry_run or plan.refused):
            await admin.create(plan.create)
            await admin.mend(plan.drifted)
    return plan


async def ensure_topics(
    connection: KafkaConnection, *, partitions: int = DEFAULT_PARTITIONS, replication: int | None = None
) -> TopicPlan:
    """`apply_topics` for a start: raises `WrongConfiguration` where it was refused."""
    plan = await apply_topics(connection, partitions=partitions, replication=replication)
    if plan.refused:
        raise WrongConfiguration("The topics cannot become what is configured: " + " ".join(plan.refused))
    return plan


async def _plan(admin: KafkaAdmin, prefix: str, partitions: int, replication: int | None) -> TopicPlan:
    specs = topic_specs(prefix, partitions, replication_for(len(await admin.brokers()), replication))
    existing = await admin.topics(spec.name for spec in specs)
    return plan_topics(specs, existing, await admin.broker_settings())
