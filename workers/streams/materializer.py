"""Keeps a view of a whole compacted topic (one partition) in Redis: the directory projector's engine.

One owner, by membership in a group, from which no offset is ever read or committed: the source records are kept
in memory, and each start reads all of them. So a flushed Redis is repaired without any new record.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer

from workers.ports import ViewStore
from workers.streams.config import KafkaOptions, Timing
from workers.streams.group_member import GroupMember
from workers.streams.group_service import GroupService
from workers.streams.observer import EngineObserver, NoObserver
from workers.streams.projection import Projection
from workers.streams.view import view_name
from workers.work_ports import Unwatched, WorkObserver

Derive = Callable[[Mapping[str, bytes]], Mapping[str, bytes]]
FETCH_BYTES = 64 * 1024  # the member reads nothing: a projection has a reader of its own


@dataclass(frozen=True, slots=True)
class MaterializerConfig:
    """`derive` is pure: all records of the topic (key, value) to all fields of the view. It runs in a thread."""

    name: str
    group_id: str
    topic: str
    kafka: KafkaOptions
    store: ViewStore
    derive: Derive
    key_prefix: str = ""
    timing: Timing = field(default_factory=Timing)
    observer: EngineObserver = field(default_factory=NoObserver)
    work: WorkObserver = field(default_factory=Unwatched)


class Materializer(GroupService):
    """The view `<key prefix>view:<cluster id>:<topic>:0`; its mark names the offset that it stands for."""

    def __init__(self, config: MaterializerConfig, **options: Any) -> None:
        super().__init__(config.name, config.kafka, config.timing, config.observer, **options)
        self.config = config

    def topics(self) -> Sequence[str]:
        return [self.config.topic]

    def new_member(self, cluster_id: str) -> GroupMember:
        config = self.config

        def projection(consumer: AIOKafkaConsumer, partition: int) -> Projection:
            del consumer
            name = view_name(config.key_prefix, cluster_id, config.topic, partition)
            return Projection(config, name, partition)

        return GroupMember(
            config.kafka, config.group_id, [config.topic], config.timing, FETCH_BYTES, projection
        )
