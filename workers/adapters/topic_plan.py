"""What must be done so that a cluster has our topics: a comparison of values, no IO."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workers.adapters.topic_specs import TopicSpec, longest_retention

PARTITIONS_ARE_FIXED = (
    "a ticket's partition is murmur2(ticket_id) modulo this count: with another one, new mail of an open ticket "
    "would meet another state, in another order. Set STELLWERK_KAFKA__PARTITIONS to what there is, or start a new "
    "installation under another prefix."
)


@dataclass(frozen=True, slots=True)
class ExistingTopic:
    """A topic as the broker describes it; `configs` are the effective values."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Drift:
    """A setting that is not what it should be."""

    topic: str
    config: str
    found: str
    wanted: str


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """`refused` non-empty: nothing may be changed. `warnings` are for people; nothing is done about them."""

    create: tuple[TopicSpec, ...] = ()
    drifted: tuple[Drift, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def plan_topics(
    wanted: Sequence[TopicSpec], existing: Mapping[str, ExistingTopic], broker: Mapping[str, str]
) -> TopicPlan:
    """`broker`: the cluster's own settings, as far as it told them."""
    there = [(spec, existing[spec.name]) for spec in wanted if spec.name in existing]
    drifted = tuple(drift for spec, found in there for drift in _drift(spec, found))
    return TopicPlan(
        create=tuple(spec for spec in wanted if spec.name not in existing),
        drifted=drifted,
        unchanged=tuple(
            spec.name for spec, _ in there if spec.name not in {drift.topic for drift in drifted}
        ),
        refused=tuple(_refusal(spec, found) for spec, found in there if spec.partitions != found.partitions),
        warnings=(*_cluster_warnings(broker), *_fewer_copies(there)),
    )


def _drift(spec: TopicSpec, found: ExistingTopic) -> list[Drift]:
    """A topic keeps the copies that it has, so their number decides how many must be in sync."""
    in_sync = {"min.insync.replicas": str(max(1, found.replication - 1))}
    return [
        Drift(spec.name, config, found.configs.get(config, ""), value)
        for config, value in {**spec.configs, **in_sync}.items()
        if found.configs.get(config) != value
    ]


def _refusal(spec: TopicSpec, found: ExistingTopic) -> str:
    return f"{spec.name} has {found.partitions} partitions, {spec.partitions} are configured: {PARTITIONS_ARE_FIXED}"


def _fewer_copies(there: Sequence[tuple[TopicSpec, ExistingTopic]]) -> list[str]:
    few = [spec.name for spec, found in there if found.replication < spec.replication]
    if not few:
        return []
    return [
        f"{len(few)} topics have fewer copies than configured ({', '.join(few)}): reassign with Kafka's own tools."
    ]


def _cluster_warnings(broker: Mapping[str, str]) -> list[str]:
    days = longest_retention().days
    minutes = broker.get("offsets.retention.minutes", "")
    warnings = []
    if minutes.isdigit() and int(minutes) < days * 24 * 60:
        warnings.append(
            f"offsets.retention.minutes is {minutes} ({int(minutes) // 1440} days), shorter than the longest retention "
            f"({days} days): an installation that is paused longer loses its place. Set it to {days * 24 * 60}."
        )
    if broker.get("auto.create.topics.enable") == "true":
        warnings.append(
            "auto.create.topics.enable is on: a misspelt name becomes a topic with wrong settings."
        )
    if broker.get("unclean.leader.election.enable") == "true":
        warnings.append(
            "unclean.leader.election.enable is on: a broker that lags may lose acknowledged records."
        )
    return warnings
