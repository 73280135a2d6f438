"""Which of a cluster's topics would break the promises: a comparison of values, no IO. DESIGN part 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from workers.adapters.topic_plan import ExistingTopic
from workers.adapters.topic_specs import TopicSpec

COPIES = 3
IN_SYNC = 2


def unsafe_topics(
    wanted: Sequence[TopicSpec], existing: Mapping[str, ExistingTopic], *, production: bool
) -> tuple[str, ...]:
    """One sentence for each thing that is wrong, with what to do. Topics that do not exist are not judged.

    `production`: an acknowledged mail must outlive the loss of a broker.
    """
    there = [(spec, existing[spec.name]) for spec in wanted if spec.name in existing]
    found: list[str] = []
    for spec, topic in there:
        found += _always(spec, topic)
        found += _in_production(topic) if production else ()
    return tuple(found)


def _always(spec: TopicSpec, topic: ExistingTopic) -> Iterator[str]:
    if topic.partitions != spec.partitions:
        yield (
            f"{topic.name} has {topic.partitions} partitions, {spec.partitions} are configured: tickets would change "
            "their partition. Set STELLWERK_KAFKA__PARTITIONS to what there is."
        )
    for name, why in (
        ("cleanup.policy", "records that must be kept would go"),
        ("max.message.bytes", "big records could not be written"),
        ("message.timestamp.type", "whoever writes could claim that an SLA is breached already"),
    ):
        value, least = topic.configs.get(name), spec.configs[name]
        if value is not None and _worse(value, least):
            yield f"{topic.name} has {name}={value} instead of {least}: {why}. Run `stellwerk topics apply`."
    if topic.configs.get("unclean.leader.election.enable") == "true":
        yield (
            f"{topic.name} has unclean.leader.election.enable=true: a broker that lags may become leader and drop "
            "acknowledged mail. Run `stellwerk topics apply`."
        )


def _worse(value: str, least: str) -> bool:
    if value.isdigit() and least.isdigit():
        return int(value) < int(least)
    return value != least


def _in_production(topic: ExistingTopic) -> Iterator[str]:
    if topic.replication < COPIES:
        yield (
            f"{topic.name} has {topic.replication} copies: production needs {COPIES}, so that one broker can be lost. "
            "Reassign it with Kafka's own tools."
        )
    in_sync = topic.configs.get("min.insync.replicas", "1")
    if not in_sync.isdigit() or int(in_sync) < IN_SYNC:
        yield (
            f"{topic.name} has min.insync.replicas={in_sync}: production needs {IN_SYNC}, or 250 means one disk. "
            "Run `stellwerk topics apply`."
        )
