"""P1 as a ledger: every offset of `mail.inbound` has exactly one first receipt, or is in flight, or is lost.

What makes a missing receipt a loss, and not a delay:

* Committed offsets are taken *before* the ends of `routing.decisions` and `mail.forwarded` (a `Cut`), and a cut
  is judged only when both topics were read up to those ends. The ends are high watermarks: a transaction that
  committed its offset but still lacks its marker in an output topic hides its receipts there, and everything
  behind them. Such a cut stays unjudged; it never turns what is hidden into what is lost.
* A refused claim commits its inbound offset together with a record in `mail.forwarded`. While that record is
  not below the committed offset of its own partition, the delivery is in flight; after that it is lost.
* Receipts with `attempt` > 0 (redriven, released) are never counted: they supersede a first one.
* Nothing below a partition's floor is judged: older receipts are no longer kept, or were not asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workers.routing.offset_runs import OffsetRuns

Coordinates = tuple[int, int]
"""Partition and offset."""

MAX_DOUBLED_NAMED = 1_000
"""Doubled offsets remembered by name per partition; more are only counted."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where everything stood. Offsets are "the next one", per partition; missing partitions stand at 0.

    `inbound_end`, `decisions_end`, `forwarded_end` are high watermarks, asked for after the committed offsets.
    """

    committed_inbound: Mapping[int, int]
    committed_forwarded: Mapping[int, int]
    inbound_end: Mapping[int, int]
    decisions_end: Mapping[int, int]
    forwarded_end: Mapping[int, int]

    def is_read(self, decisions: Mapping[int, int], forwarded: Mapping[int, int]) -> bool:
        """Whether a reader at these positions has seen all that was committed when the cut was taken."""
        return not self.unread(self.decisions_end, decisions) and not self.unread(
            self.forwarded_end, forwarded
        )

    @staticmethod
    def unread(ends: Mapping[int, int], positions: Mapping[int, int]) -> tuple[int, ...]:
        """Partitions whose position is still below the end."""
        return tuple(sorted(p for p, end in ends.items() if positions.get(p, 0) < end))


@dataclass(frozen=True, slots=True)
class Unstable:
    """A partition whose records end in an open transaction, or in one that lacks its marker."""

    topic: str
    partition: int
    stable: int
    high: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A lost mail. `forward`: the record of `mail.forwarded` in which it was lost, else in `mail.inbound`."""

    offset: int
    forward: Coordinates | None


@dataclass(frozen=True, slots=True)
class Balance:
    """One partition of `mail.inbound`. `doubled` names at most `MAX_DOUBLED_NAMED`; `doubled_count` counts all.

    `lowest_open`: the oldest offset in flight; where none is, the next to be accepted. `end`: that next one.
    """

    partition: int
    accepted: int
    receipted: int
    in_flight: int
    lowest_open: int
    missing: tuple[Missing, ...]
    doubled: tuple[int, ...]
    doubled_count: int
    end: int = 0

    @property
    def holds(self) -> bool:
        return not self.missing and not self.doubled_count


@dataclass(frozen=True, slots=True)
class _OnTheWay:
    source: Coordinates
    is_order: bool


@dataclass(slots=True)
class _Partition:
    receipted: OffsetRuns
    doubled: dict[int, None] = field(default_factory=dict)
    doubled_count: int = 0


class Ledger:
    """Feed it receipts and forwards in any order, then judge cuts. `floors`: the first judged offsets.

    Memory: one run per partition, plus what is open: lost, in flight out of order, or doubled.
    """

    def __init__(self, floors: Mapping[int, int]) -> None:
        self._partitions = {p: _Partition(OffsetRuns(floor)) for p, floor in floors.items()}
        self._on_the_way: dict[Coordinates, _OnTheWay] = {}
        self._lost_forward: dict[Coordinates, Coordinates] = {}

    def add_receipt(self, partition: int, offset: int, attempt: int = 0) -> None:
        """A receipt whose source is this offset of `mail.inbound`, from any partition of `routing.decisions`."""
        book = self._partition(partition)
        if attempt or offset < book.receipted.floor:
            return
        self._lost_forward.pop((partition, offset), None)
        if not book.receipted.add(offset):
            book.doubled_count += 1
            if len(book.doubled) < MAX_DOUBLED_NAMED:
                book.doubled[offset] = None

    def add_forward(
        self, at: Coordinates, source: Coordinates, attempt: int = 0, *, is_order: bool = False
    ) -> None:
        """The record `at` of `mail.forwarded` carries the delivery `source` of `mail.inbound`.

        `is_order`: it is an order to take the delivery up again, so it is not where a lane lost it.
        """
        if attempt == 0:
            self._on_the_way[at] = _OnTheWay(source, is_order)

    def judge(self, cut: Cut) -> tuple[Balance, ...]:
        """The balance of every partition. Only for a cut of which all was read (`Cut.is_read`)."""
        self._settle_forwards(cut)
        in_flight = {forward.source for forward in self._on_the_way.values()}
        partitions = sorted(set(self._partitions) | set(cut.inbound_end))
        return tuple(self._balance(p, cut, in_flight) for p in partitions)

    def _partition(self, partition: int) -> _Partition:
        if partition not in self._partitions:
            self._partitions[partition] = _Partition(OffsetRuns(0))
        return self._partitions[partition]

    def _settle_forwards(self, cut: Cut) -> None:
        """Forget forwards that were processed; those without a receipt are where their mail was lost."""
        done = [at for at in self._on_the_way if at[1] < cut.committed_forwarded.get(at[0], 0)]
        for at in done:
            forward = self._on_the_way.pop(at)
            partition, offset = forward.source
            book = self._partition(partition)
            if offset >= book.receipted.floor and offset not in book.receipted and not forward.is_order:
                self._lost_forward[forward.source] = at

    def _balance(self, partition: int, cut: Cut, in_flight: set[Coordinates]) -> Balance:
        book = self._partition(partition)
        end = max(cut.inbound_end.get(partition, 0), book.receipted.floor)
        committed = min(cut.committed_inbound.get(partition, 0), end)
        missing = tuple(
            Missing(offset, self._lost_forward.get((partition, offset)))
            for offset in book.receipted.holes(committed)
            if (partition, offset) not in in_flight
        )
        lost = {mail.offset for mail in missing}
        return Balance(
            partition=partition,
            accepted=end - book.receipted.floor,
            receipted=len(book.receipted),
            in_flight=book.receipted.hole_count(end) - len(missing),
            lowest_open=next((o for o in book.receipted.holes(end) if o not in lost), end),
            missing=missing,
            doubled=tuple(sorted(book.doubled)),
            doubled_count=book.doubled_count,
            end=end,
        )
