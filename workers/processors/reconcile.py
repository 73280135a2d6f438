"""P1 checked against Kafka: once to the present end, or for ever beside the workers."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from workers.errors import DependencyUnavailable
from workers.processors.conservation_log import ConservationLog, of_a_delivery
from workers.processors.take_up import is_order
from workers.routing.conservation import Balance, Cut, Ledger, Unstable

_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Report:
    """`judged` False: what lies behind `unstable` could not be read in time, so nothing is said about losses."""

    balances: tuple[Balance, ...]
    unstable: tuple[Unstable, ...] = ()
    judged: bool = True
    oldest_seconds: dict[int, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return self.judged and all(balance.holds for balance in self.balances)


class ReconcileObserver(Protocol):
    """What the continuous check tells the metrics. Must not raise and must not block."""

    def balance(self, balance: Balance, oldest_seconds: float) -> None:
        """One partition's; `oldest_seconds`: the age of its oldest mail in flight, 0 where there is none."""
        ...

    def reconciled(self, at: float) -> None:
        """A whole check is done, at this Unix time."""
        ...

    def unstable(self, partitions: Sequence[Unstable]) -> None:
        """Those that hide records for longer than the patience."""
        ...


class Reading:
    """A ledger that follows the log. Forgotten and made anew after every error: it has no state elsewhere."""

    def __init__(self, log: ConservationLog) -> None:
        self._log = log
        self._ledger = Ledger({})

    async def open(self, since: datetime | None) -> None:
        self._ledger = Ledger(await self._log.open(since))

    async def read_on(self, seconds: float) -> int:
        receipts, forwards = await self._log.read_on(seconds)
        for number, record in enumerate(receipts, 1):
            if found := of_a_delivery(record):
                self._ledger.add_receipt(found.source.partition, found.source.offset, found.attempt)
            if number % 500 == 0:
                await asyncio.sleep(0)
        for record in forwards:
            if found := of_a_delivery(record):
                at, source = (record.partition, record.offset), (found.source.partition, found.source.offset)
                self._ledger.add_forward(at, source, found.attempt, is_order=is_order(record))
        return len(receipts) + len(forwards)

    async def has_read(self, cut: Cut) -> bool:
        return cut.is_read(*await self._log.positions())

    def judge(self, cut: Cut) -> tuple[Balance, ...]:
        return self._ledger.judge(cut)


async def reconcile(
    log: ConservationLog, *, since: datetime | None = None, wait_seconds: float = 30.0
) -> Report:
    """Judge all that is kept (`since`, aware: accepted at or after it), as it stands now.

    Reads as long as records come. Where none come for `wait_seconds` and a transaction still hides some, the
    report is not `judged`. Raises `DependencyUnavailable`.
    """
    reading = Reading(log)
    await reading.open(since)
    cut = await log.cut()
    moved_at = time.monotonic()
    while not await reading.has_read(cut):
        if await reading.read_on(_POLL_SECONDS):
            moved_at = time.monotonic()
        elif time.monotonic() - moved_at > wait_seconds:
            return Report((), await log.unstable(), judged=False)
    balances = reading.judge(cut)
    return Report(balances, oldest_seconds=await _ages(log, balances))


async def _ages(log: ConservationLog, balances: Sequence[Balance]) -> dict[int, float]:
    """Age of the lowest open record of each partition that has one in flight."""
    ages: dict[int, float] = {}
    for balance in balances:
        if balance.in_flight:
            record = await log.inbound(balance.partition, balance.lowest_open)
            ages[balance.partition] = 0.0 if record is None else _age(record.timestamp_ms)
    return ages


def _age(timestamp_ms: int) -> float:
    return max(0.0, datetime.now(UTC).timestamp() - timestamp_ms / 1000)


class Seen:
    """Since when an offset of a partition is known to exist: bounded, without reading records."""

    def __init__(self) -> None:
        self._ends: deque[tuple[float, int]] = deque(maxlen=1_000)

    def age(self, now: float, end: int, lowest_open: int) -> float:
        """Age of `lowest_open` at `now`, to within one check; 0 where it does not exist yet."""
        if not self._ends or self._ends[-1][1] != end:
            self._ends.append((now, end))
        while self._ends and self._ends[0][1] <= lowest_open:
            self._ends.popleft()
        return now - self._ends[0][0] if self._ends else 0.0


@dataclass(frozen=True, slots=True)
class Pace:
    """`look_back`: how much history a start reads. `patience`: the transaction timeout, in seconds."""

    every_seconds: float = 5.0
    look_back: timedelta = timedelta(days=1)
    patience: float = 15.0
    backoff_seconds: float = 5.0


class ContinuousReconciler:
    """Checks for ever: reads each receipt once, by its headers, and judges a cut at a time.

    `run` ends by cancellation only. Where Kafka is away it waits and starts over from `look_back`; the gauges
    keep their last values, and their time (`reconciled`) tells that they are old.
    """

    def __init__(
        self,
        log: ConservationLog,
        observers: Sequence[ReconcileObserver],
        pace: Pace | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._log = log
        self._observers = observers
        self._pace = pace or Pace()
        self._now = now
        self._ages: dict[int, Seen] = {}
        self._unstable_since: dict[tuple[str, int, int], float] = {}

    async def run(self) -> None:
        while True:
            try:
                await self._follow()
            except DependencyUnavailable:
                await asyncio.sleep(self._pace.backoff_seconds)

    async def _follow(self) -> None:
        reading = Reading(self._log)
        await reading.open(self._now() - self._pace.look_back)
        cut = await self._log.cut()
        while True:
            if await reading.has_read(cut):
                self._tell(reading.judge(cut), cut)
                await self._pause(reading)
                cut = await self._log.cut()
            elif not await reading.read_on(_POLL_SECONDS):
                await self._tell_unstable()

    async def _pause(self, reading: Reading) -> None:
        """Read on meanwhile, so that the next cut finds little to do."""
        until = time.monotonic() + self._pace.every_seconds
        await self._tell_unstable()
        while (left := until - time.monotonic()) > 0:
            await reading.read_on(left)

    def _tell(self, balances: Sequence[Balance], cut: Cut) -> None:
        now = time.monotonic()
        for balance in balances:
            seen = self._ages.setdefault(balance.partition, Seen())
            end = cut.inbound_end.get(balance.partition, 0)
            age = seen.age(now, end, balance.lowest_open)
            for observer in self._observers:
                observer.balance(balance, age if balance.in_flight else 0.0)
        for observer in self._observers:
            observer.reconciled(self._now().timestamp())

    async def _tell_unstable(self) -> None:
        now, present = time.monotonic(), await self._log.unstable()
        keys = {(u.topic, u.partition, u.stable): u for u in present}
        self._unstable_since = {key: self._unstable_since.get(key, now) for key in keys}
        late = [u for key, u in keys.items() if now - self._unstable_since[key] > self._pace.patience]
        for observer in self._observers:
            observer.unstable(late)
