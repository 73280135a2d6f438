"""The flow of mail over the last minutes, from what the continuous check of conservation finds anyway."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workers.routing.conservation import Balance, Unstable

RATE_SECONDS = 60.0
"""Rates are means over the last minute."""

KEPT_SECONDS = 900.0
BUCKETS = 60
_MOST_SAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class PartitionFlow:
    """One partition of mail.inbound. Rates in mails a second; None before two checks were made."""

    balance: Balance
    oldest_seconds: float
    accepted_rate: float | None
    decided_rate: float | None


@dataclass(frozen=True, slots=True)
class Flow:
    """As of `checked_at` (Unix time) of the last whole check; None: none is done yet.

    `accepted`: mails accepted in each of the last `BUCKETS` stretches of 15 s, the latest last; None: not known.
    """

    checked_at: float | None
    partitions: tuple[PartitionFlow, ...]
    unstable: tuple[Unstable, ...]
    accepted: tuple[int | None, ...]

    @property
    def holds(self) -> bool:
        return all(each.balance.holds for each in self.partitions)


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    accepted: int
    decided: int


class FlowBoard:
    """A `ReconcileObserver` that remembers a quarter of an hour. Memory is bounded, nothing is asked of Kafka."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._checked_at: float | None = None
        self._balances: dict[int, tuple[Balance, float]] = {}
        self._samples: dict[int, deque[_Sample]] = {}
        self._totals: deque[_Sample] = deque(maxlen=_MOST_SAMPLES)
        self._unstable: tuple[Unstable, ...] = ()

    def balance(self, balance: Balance, oldest_seconds: float) -> None:
        self._balances[balance.partition] = balance, oldest_seconds
        decided = balance.end - balance.in_flight - len(balance.missing)
        samples = self._samples.setdefault(balance.partition, deque(maxlen=_MOST_SAMPLES))
        _remember(samples, _Sample(self._clock(), balance.end, decided))

    def reconciled(self, at: float) -> None:
        self._checked_at = at
        newest = [samples[-1] for samples in self._samples.values()]
        total = _Sample(self._clock(), sum(n.accepted for n in newest), sum(n.decided for n in newest))
        _remember(self._totals, total)

    def unstable(self, partitions: Sequence[Unstable]) -> None:
        self._unstable = tuple(partitions)

    def flow(self) -> Flow:
        now = self._clock()
        flows = (self._flow(partition, now) for partition in sorted(self._balances))
        return Flow(self._checked_at, tuple(flows), self._unstable, self._accepted(now))

    def _flow(self, partition: int, now: float) -> PartitionFlow:
        balance, oldest = self._balances[partition]
        recent = [sample for sample in self._samples[partition] if sample.at >= now - RATE_SECONDS]
        if len(recent) < 2 or recent[-1].at == recent[0].at:
            return PartitionFlow(balance, oldest, None, None)
        first, last = recent[0], recent[-1]
        seconds = last.at - first.at
        return PartitionFlow(
            balance,
            oldest,
            max(0, last.accepted - first.accepted) / seconds,
            max(0, last.decided - first.decided) / seconds,
        )

    def _accepted(self, now: float) -> tuple[int | None, ...]:
        """A stretch is known where there was a check before its beginning, or at it."""
        width = KEPT_SECONDS / BUCKETS
        edges = [_accepted_until(self._totals, now - number * width) for number in range(BUCKETS, -1, -1)]
        return tuple(
            None if before is None or until is None else max(0, until - before)
            for before, until in pairwise(edges)
        )


def _remember(samples: deque[_Sample], sample: _Sample) -> None:
    samples.append(sample)
    while samples[0].at < sample.at - KEPT_SECONDS - RATE_SECONDS:
        samples.popleft()


def _accepted_until(samples: Sequence[_Sample], at: float) -> int | None:
    return next((sample.accepted for sample in reversed(samples) if sample.at <= at), None)
