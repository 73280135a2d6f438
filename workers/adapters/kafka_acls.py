"""What a role needs, as entries of Kafka's access control. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.event import Event
from schemas.topics import TOPICS, Topic
from workers.adapters.kafka_roles import Role

Resource = Literal["topic", "group", "transactional-id", "cluster"]
Operation = Literal[
    "Read", "Write", "Describe", "Create", "Alter", "AlterConfigs", "DescribeConfigs", "IdempotentWrite"
]

CLUSTER = "kafka-cluster"
"""Kafka's own name of the one cluster resource."""


@dataclass(frozen=True, slots=True)
class Grant:
    """`name` is final, with the installation's prefix. `prefixed`: all names that begin so."""

    resource: Resource
    name: str
    operations: tuple[Operation, ...]
    prefixed: bool = False


def grants(role: Role, prefix: str) -> tuple[Grant, ...]:
    """Sorted by kind of resource, topics in the order of the topic table. Read and Write include Describe."""
    return (
        *_provisioning(role, prefix),
        *(_of_topic(role, topic, prefix) for topic in TOPICS if topic in role.topics),
        *(_named("group", prefix, name, ("Read",)) for name in role.joins),
        *(_named("group", prefix, name, ("Describe",)) for name in role.asks if name not in role.joins),
        *(_named("transactional-id", prefix, name, ("Write",)) for name in role.transacts),
    )


def principal_name(role: str, prefix: str) -> str:
    """The user's name: fit for a Kubernetes resource too, which Strimzi takes it from."""
    return f"{prefix}stellwerk-{role}".lower().replace("_", "-").strip("-.")


def _of_topic(role: Role, topic: Topic[Event], prefix: str) -> Grant:
    reads, writes = topic in role.reads, topic in role.writes
    operations: list[Operation] = []
    if reads:
        operations.append("Read")
    if writes:
        operations.append("Write")
    if not (reads or writes):
        operations.append("Describe")
    if role.checks:
        operations.append("DescribeConfigs")
    return Grant("topic", topic.full_name(prefix), tuple(operations))


def _provisioning(role: Role, prefix: str) -> Iterator[Grant]:
    """`topics apply`: each topic by its name, so that nothing else can be made or changed."""
    if role.provisions:
        for topic in TOPICS:
            yield Grant("topic", topic.full_name(prefix), ("Create", "AlterConfigs"))
        yield Grant("cluster", CLUSTER, ("DescribeConfigs",))


def _named(resource: Resource, prefix: str, name: str, operations: tuple[Operation, ...]) -> Grant:
    return Grant(resource, prefix + name.removesuffix("*"), operations, prefixed=name.endswith("*"))
