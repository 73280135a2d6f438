"""A lane's state and progress, kept for `health()` and told to the observer."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError

from workers.errors import DependencyUnavailable
from workers.streams.bounded import bounded
from workers.streams.health import LaneHealth, LaneState
from workers.streams.observer import EngineObserver
from workers.streams.stable_offsets import StableOffsetWatch

log = structlog.get_logger()

ASK_SECONDS = 5.0

EVENTS: Mapping[LaneState, str] = {
    "running": "lane-acquired",
    "released": "lane-lost",
    "failed": "lane-failed",
}


@dataclass(slots=True)
class LaneMonitor:
    name: str
    partition: int
    observer: EngineObserver
    stable: StableOffsetWatch
    state: LaneState = "acquiring"
    reason: str | None = None
    lag: int | None = None
    _told_stuck: tuple[str, ...] = ()
    _progress_at: float = field(default_factory=time.monotonic)

    def became(self, state: LaneState, reason: str | None = None) -> None:
        if (state, reason) == (self.state, self.reason):
            return
        self.state, self.reason = state, reason
        self.observer.lane_state(self.partition, state, reason)
        event = EVENTS.get(state)
        if event:
            log.info(event, lane=self.name, partition=self.partition, reason=reason)

    def progressed(self) -> None:
        """A batch is through, or there was nothing to do."""
        self._progress_at = time.monotonic()

    def measure(self, consumer: AIOKafkaConsumer, positions: dict[TopicPartition, int]) -> None:
        """Lag to the high watermark as of the last fetch. No IO."""
        try:
            ends = {tp: (consumer.highwater(tp), consumer.last_stable_offset(tp)) for tp in positions}
        except (AssertionError, IllegalStateError):  # not assigned any more
            return
        if all(high is not None for high, _ in ends.values()):
            self.lag = sum(max(0, high - positions[tp]) for tp, (high, _) in ends.items())
        for tp, (high, stable) in ends.items():
            if high is not None and stable is not None:
                self.stable.seen(tp.topic, stable, high, time.monotonic())

        self.tell_stuck()

    async def ask_lag(self, consumer: AIOKafkaConsumer, positions: Mapping[TopicPartition, int]) -> None:
        """Of a lane that waits: it does not poll, so what it fetched last tells nothing of what has come since.

        Unknown stays unknown before the first acquire, and while Kafka does not answer.
        """
        if not positions:
            return
        try:
            ends = await bounded("the inputs' ends", ASK_SECONDS, consumer.end_offsets(list(positions)))
        except DependencyUnavailable:
            return
        self.lag = sum(max(0, ends[tp] - offset) for tp, offset in positions.items())

    def tell_stuck(self) -> None:
        """Once for each time that it comes to that."""
        stuck = self.stable.stuck(time.monotonic())
        if stuck and stuck != self._told_stuck:
            log.error("partition-stuck", lane=self.name, partition=self.partition, topics=stuck)
        self._told_stuck = stuck

    def health(self) -> LaneHealth:
        now = time.monotonic()
        stuck = self.stable.stuck(now)
        return LaneHealth(self.partition, self.state, self.reason, now - self._progress_at, self.lag, stuck)
