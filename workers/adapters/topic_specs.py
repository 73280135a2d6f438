"""What each topic must be on the broker, derived from schemas/topics.py. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from schemas.event import Event
from schemas.topics import TOPICS, Topic

DEFAULT_PARTITIONS = 4
BIG_RECORD_BYTES = 8 * 1024 * 1024
USUAL_RECORD_BYTES = 1024 * 1024 + 12
_MS = timedelta(milliseconds=1)
_TOMBSTONES_KEPT = timedelta(days=7)
_COMPACTED_AFTER = timedelta(days=7)
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it should be. `configs` are exactly those that we care about; others are the operator's."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


def topic_specs(prefix: str, partitions: int, replication: int) -> tuple[TopicSpec, ...]:
    """All topics of an installation. `partitions`: the one count that the keyed topics share."""
    return tuple(topic_spec(topic, prefix, partitions, replication) for topic in TOPICS)


def topic_spec(topic: Topic[Event], prefix: str, partitions: int, replication: int) -> TopicSpec:
    count = partitions if topic.shared_partitions else 1
    return TopicSpec(topic.full_name(prefix), count, replication, _configs(topic, replication))


def replication_for(brokers: int, wanted: int | None) -> int:
    """Three copies as soon as three brokers can hold them; fewer brokers keep one each."""
    return wanted if wanted is not None else min(brokers, 3)


def longest_retention(topics: Sequence[Topic[Event]] = TOPICS) -> timedelta:
    """Committed offsets must outlive this, or a paused installation starts from zero."""
    return max(topic.keep for topic in topics if topic.keep is not None)


def _configs(topic: Topic[Event], replication: int) -> dict[str, str]:
    return {
        "cleanup.policy": topic.cleanup,
        "retention.ms": "-1" if topic.keep is None else str(topic.keep // _MS),
        # A broker-wide size limit would silently drop mail that was promised to be kept.
        "retention.bytes": "-1",
        # The broker's clock: monotonic in a partition, so "since" works, and no client can make records
        # immortal (or vanish) with a strange time. The cause's own time is in `ce_time`.
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(BIG_RECORD_BYTES if topic.big_records else USUAL_RECORD_BYTES),
        # 250 means: on a majority of the copies (P1).
        "min.insync.replicas": str(max(1, replication - 1)),
        "unclean.leader.election.enable": "false",
        **(_compaction(topic) if topic.cleanup == "compact" else {}),
    }


def _compaction(topic: Topic[Event]) -> dict[str, str]:
    personal = topic.name == "directory.entities"
    lag = topic.compaction_lag or timedelta(0)
    return {
        "min.compaction.lag.ms": str(lag // _MS),
        # Erasing a person (`directory forget`) must reach the disk in bounded time.
        "max.compaction.lag.ms": str((_FORGOTTEN_AFTER if personal else lag + _COMPACTED_AFTER) // _MS),
        "delete.retention.ms": str(_TOMBSTONES_KEPT // _MS),
    }
