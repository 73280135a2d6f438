"""One lane: one partition number of all inputs, one task, one transactional producer."""

import asyncio
import heapq
import time
from collections.abc import Sequence
from operator import attrgetter

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import ConsumerStoppedError
from aiokafka.structs import ConsumerRecord

from workers.cancellation import only_ours
from workers.errors import DependencyUnavailable, ViewLost
from workers.ports import BatchOutcome, InRecord, OutRecord
from workers.streams.acquire import Hold, LaneParts, acquire
from workers.streams.backoff import Backoff
from workers.streams.bounded import bounded
from workers.streams.brake import Brake
from workers.streams.faults import Disturbed, Fenced, Parked
from workers.streams.health import LaneHealth
from workers.streams.lane_monitor import LaneMonitor
from workers.streams.outcome_contract import check_outcome
from workers.streams.stable_offsets import StableOffsetWatch
from workers.streams.transaction import Offsets
from workers.streams.view import View

log = structlog.get_logger()

PARKED_LOOK_SECONDS = 5.0


class Lane:
    """Runs from `start` to `release`, or to a failure that is a bug (`failure`).

    A release lets a transaction that is under way finish within the bound, and interrupts everything else.
    """

    def __init__(self, parts: LaneParts) -> None:
        self._parts = parts
        self._config = parts.config
        self._timing = parts.config.timing
        self._backoff = Backoff(self._timing.backoff_first, self._timing.backoff_longest)
        self._brake = Brake(parts.config.brake)
        self._releasing = False
        self._in_transaction = False
        self._committed_at = time.monotonic()
        self._committed: dict[TopicPartition, int] = {}
        self._hold: Hold | None = None
        self._task: asyncio.Task[None] | None = None
        watch = StableOffsetWatch(self._timing.transaction)
        self._monitor = LaneMonitor(parts.config.name, parts.partition, parts.config.observer, watch)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"{self._config.name}-{self._parts.partition}")

    @property
    def failure(self) -> BaseException | None:
        """What ended the lane, if it ended by itself."""
        task = self._task
        return task.exception() if task and task.done() and not task.cancelled() else None

    def health(self) -> LaneHealth:
        return self._monitor.health()

    async def release(self, within: float) -> None:
        """End the lane. A batch under way has `within` seconds; then it is cancelled (and later aborted)."""
        self._releasing = True
        task = self._task
        if task is None or task.done():
            return
        if not self._in_transaction:
            task.cancel()
        _, pending = await asyncio.wait([task], timeout=within)
        if pending:
            log.warning("lane-cut-off", lane=self._config.name, partition=self._parts.partition)
            task.cancel()
            await asyncio.wait([task], timeout=2 * self._timing.drop + 1)

    async def _run(self) -> None:
        try:
            while not self._releasing:
                await self._acquire_and_work()
            self._monitor.became("released")
        except ConsumerStoppedError:  # T7: final, never acquire again
            self._monitor.became("released", "consumer-stopped")
        except asyncio.CancelledError:
            self._monitor.became("released")
            raise
        except BaseException as error:
            self._monitor.became("failed", type(error).__name__)
            raise
        finally:
            await self._drop()

    async def _acquire_and_work(self) -> None:
        """Until an error; each error that is not a bug ends here, and the caller acquires again."""
        try:
            with only_ours("a lane's work"):
                hold = await self._acquire()
                while not self._releasing:
                    await self._one_batch(hold)
        except Parked as parked:
            await self._park(parked)
        except DependencyUnavailable as error:
            await self._drop()
            await self._wait_before_retry(error)

    async def _acquire(self) -> Hold:
        self._monitor.became("acquiring", self._monitor.reason)
        hold = self._hold = await acquire(self._parts)
        self._committed = dict(hold.committed)
        self._monitor.became("running")
        return hold

    async def _one_batch(self, hold: Hold) -> None:
        records = await self._poll()
        positions = await self._positions()
        self._monitor.measure(self._parts.consumer, positions)
        if not records:
            await self._commit_idle_positions(hold, positions)
            self._monitor.progressed()
            return
        started = time.monotonic()
        await self._config.checkpoint("polled", self._parts.partition)
        outcome = await self._decide(hold, records)
        await self._commit(hold, outcome, positions, started)
        seconds = time.monotonic() - started
        self._config.observer.batch_committed(
            self._parts.partition, len(records), len(outcome.outputs), seconds
        )
        self._backoff.reset()
        self._monitor.progressed()

    async def _poll(self) -> list[InRecord]:
        """Oldest first over all inputs, in order within each: a command comes after the mail it is about."""
        wait_ms = int(self._timing.poll * 1000)
        limit = self._config.batch_records
        polled = self._parts.consumer.getmany(*self._parts.inputs, timeout_ms=wait_ms, max_records=limit)
        by_input = await bounded("records", self._timing.request, polled)
        return [_in_record(record) for record in heapq.merge(*by_input.values(), key=attrgetter("timestamp"))]

    async def _positions(self) -> dict[TopicPartition, int]:
        """The consumer's positions, which pass markers and aborted batches; not last offset + 1."""
        consumer = self._parts.consumer
        return {tp: await bounded("position", 5.0, consumer.position(tp)) for tp in self._parts.inputs}

    async def _decide(self, hold: Hold, records: Sequence[InRecord]) -> BatchOutcome:
        """Nothing is open yet: while a dependency is down the batch is held, and decided again."""
        outcome: BatchOutcome | None = None
        while outcome is None:
            try:
                outcome = await self._parts.logic.decide(records, hold.view)
            except ViewLost:
                raise
            except DependencyUnavailable as error:
                await self._wait_before_retry(error)
        self._monitor.became("running")
        view = self._config.view
        check_outcome(outcome, records, view.topic if view else None)
        await self._config.checkpoint("decided", self._parts.partition)
        return outcome

    async def _commit(
        self, hold: Hold, outcome: BatchOutcome, positions: dict[TopicPartition, int], started: float
    ) -> None:
        brake = self._brake.after(outcome.own_faults)
        if brake.tripped:
            raise Parked("brake")
        self._in_transaction = True
        try:
            ends = await self._transact(hold, outcome.outputs, positions)
            self._brake = brake
            self._config.work.done(outcome.work, time.monotonic() - started)  # whatever becomes of the view
            await self._config.checkpoint("committed", self._parts.partition)
            await self._follow(hold, outcome, ends)
        finally:
            self._in_transaction = False

    async def _transact(
        self, hold: Hold, outputs: Sequence[OutRecord], positions: dict[TopicPartition, int]
    ) -> Offsets:
        ends = await hold.producer.transact(outputs, positions)
        self._committed, self._committed_at = positions, time.monotonic()
        return ends

    async def _follow(self, hold: Hold, outcome: BatchOutcome, ends: Offsets) -> None:
        spec = self._config.view
        if not outcome.view or spec is None or not isinstance(hold.view, View):
            return
        await hold.view.write(ends[TopicPartition(spec.topic, self._parts.partition)], outcome.view)
        await self._config.checkpoint("viewed", self._parts.partition)

    async def _commit_idle_positions(self, hold: Hold, positions: dict[TopicPartition, int]) -> None:
        """Commit that markers were passed: else a quiet input's offset would lie before its log's beginning
        once retention has removed all of it, and look like records deleted unread."""
        lately = time.monotonic() - self._committed_at < self._timing.idle_commit
        if lately or positions == self._committed:
            return
        self._in_transaction = True
        try:
            await self._transact(hold, (), positions)
        finally:
            self._in_transaction = False

    async def _park(self, parked: Parked) -> None:
        """Keep the partition and do nothing, visibly, until a restart or a rebalance: draining would lose."""
        self._monitor.became("braked", parked.reason)
        where = {"lane": self._config.name, "partition": self._parts.partition}
        log.error("lane-parked", **where, reason=parked.reason, cause=str(parked.detail))
        await self._drop()
        while True:
            await self._monitor.ask_lag(self._parts.consumer, self._committed)
            await asyncio.sleep(PARKED_LOOK_SECONDS)

    async def _wait_before_retry(self, error: DependencyUnavailable) -> None:
        """After being fenced, one and a half heartbeats: a lane that lost its partition is released by then,
        instead of fencing the new owner, which would fence it back."""
        kind = type(error).__name__
        wait = self._backoff.next()
        if isinstance(error, Fenced):
            wait = max(wait, 1.5 * self._timing.heartbeat)
        self._monitor.became("waiting", error.public)
        self._config.observer.fault(self._parts.partition, kind)
        where = {"lane": self._config.name, "partition": self._parts.partition, "seconds": round(wait, 2)}
        log.warning(
            "dependency-unavailable", **where, fault=kind, reason=error.public, cause=str(error.detail)
        )
        await asyncio.sleep(wait)
        if not isinstance(error, Disturbed):  # Kafka answers; while it does not, asking would only delay
            await self._monitor.ask_lag(self._parts.consumer, self._committed)

    async def _drop(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None:
            await hold.producer.drop()


def _in_record(record: ConsumerRecord) -> InRecord:
    return InRecord(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        record.headers,
    )
