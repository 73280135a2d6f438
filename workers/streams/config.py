"""Everything that a `LaneService` is told, as values. Composition builds it; the engine reads no settings."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from aiokafka import TopicPartition

from workers.ports import LaneLogic, ViewStore
from workers.streams.brake import BrakeLimits
from workers.streams.observer import EngineObserver, NoObserver
from workers.work_ports import Unwatched, WorkObserver

KafkaOptions = Mapping[str, object]
"""Keyword arguments of every aiokafka client: bootstrap_servers, security_protocol, ssl_context, sasl_…"""

Step = Literal["acquired", "polled", "decided", "begun", "sent", "committed", "viewed", "rebuilding"]


class Checkpoint(Protocol):
    async def __call__(self, step: Step, partition: int) -> None:
        """Called after the step. Tests kill, flush and pause here; what it raises is a failure of the step."""
        ...


async def no_checkpoint(step: Step, partition: int) -> None:
    """Production: nothing happens between the steps."""


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """The view of a lane: `topic`'s partition (final name, compacted) as a hash of `store`.

    A record's key is the field, its value the value, a tombstone deletes. Only the lane writes the partition.
    """

    topic: str
    store: ViewStore
    key_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """Bounds, in seconds. `transaction` is also the broker's transaction timeout (T12)."""

    poll: float = 0.5
    fetch: float = 0.1
    transaction: float = 15.0
    request: float = 20.0
    release: float = 8.0
    rebalance: float = 15.0
    session: float = 10.0
    heartbeat: float = 3.0
    rebuild_progress: float = 20.0
    backoff_first: float = 0.1
    backoff_longest: float = 5.0
    idle_commit: float = 30.0
    drop: float = 3.0


class Transacting(Protocol):
    """What a lane's producer is told: who it is, and how it writes. `transactional_id` is the stem."""

    @property
    def kafka(self) -> KafkaOptions: ...
    @property
    def group_id(self) -> str: ...
    @property
    def transactional_id(self) -> str: ...
    @property
    def view_topic(self) -> str | None: ...
    @property
    def timing(self) -> Timing: ...
    @property
    def batch_bytes(self) -> int: ...
    @property
    def compression(self) -> str | None: ...
    @property
    def checkpoint(self) -> Checkpoint: ...


@dataclass(frozen=True, slots=True)
class LaneIdentity:
    """A processor's lanes as anybody knows them who does not run them: names, inputs, and how to write as they do."""

    name: str
    group_id: str
    transactional_id: str
    inputs: tuple[str, ...]
    kafka: KafkaOptions
    view_topic: str | None = None
    timing: Timing = field(default_factory=Timing)
    batch_bytes: int = 900_000
    compression: str | None = None
    checkpoint: Checkpoint = no_checkpoint


@dataclass(frozen=True, slots=True)
class LaneServiceConfig:
    """One processor. `transactional_id` is the stem: `<prefix>-<processor>`; a lane adds `-<partition>`.

    `inputs` are final topic names with equal partition counts. `logic` makes a lane's logic, without IO.
    `no_offset_is_true` is asked when the broker has, without an error, no committed offset of an input:
    True only where nothing from this partition was ever processed (read the receipts, not a guess);
    it raises `DependencyUnavailable` where it cannot tell. `positions_topic`: for a lane without a view, the compacted
    topic (final name, as many partitions) that holds nothing but its positions; it alone writes its partition.
    """

    name: str
    group_id: str
    transactional_id: str
    inputs: tuple[str, ...]
    kafka: KafkaOptions
    logic: Callable[[int], LaneLogic]
    no_offset_is_true: Callable[[TopicPartition], Awaitable[bool]]
    view: ViewSpec | None = None
    positions_topic: str | None = None
    batch_records: int = 500
    batch_bytes: int = 900_000
    fetch_bytes: int = 2 * 1024 * 1024
    compression: str | None = None
    brake: BrakeLimits = field(default_factory=BrakeLimits)
    timing: Timing = field(default_factory=Timing)
    observer: EngineObserver = field(default_factory=NoObserver)
    work: WorkObserver = field(default_factory=Unwatched)
    checkpoint: Checkpoint = no_checkpoint

    @property
    def view_topic(self) -> str | None:
        return self.view.topic if self.view else self.positions_topic
