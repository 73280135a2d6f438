"""A set of offsets that is nearly one run: memory grows with its holes, not with its length."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator


class OffsetRuns:
    """Offsets from `floor` on. Half-open runs [start, end), sorted, disjoint and never touching."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, offset: int) -> bool:
        """False where the offset was there already; offsets below the floor are the caller's to keep out."""
        at = bisect_right(self._starts, offset)
        if at and offset < self._ends[at - 1]:
            return False
        joins_left = at > 0 and self._ends[at - 1] == offset
        joins_right = at < len(self._starts) and self._starts[at] == offset + 1
        if joins_left and joins_right:
            self._ends[at - 1] = self._ends.pop(at)
            del self._starts[at]
        elif joins_left:
            self._ends[at - 1] = offset + 1
        elif joins_right:
            self._starts[at] = offset
        else:
            self._starts.insert(at, offset)
            self._ends.insert(at, offset + 1)
        return True

    def __contains__(self, offset: int) -> bool:
        at = bisect_right(self._starts, offset)
        return at > 0 and offset < self._ends[at - 1]

    def __len__(self) -> int:
        return sum(self._ends) - sum(self._starts)

    @property
    def run_count(self) -> int:
        """What it costs to keep: one run where nothing is missing."""
        return len(self._starts)

    def holes(self, end: int) -> Iterator[int]:
        """The offsets in [floor, end) that are not there, ascending."""
        at = self.floor
        for start, run_end in zip(self._starts, self._ends, strict=True):
            if start >= end:
                break
            yield from range(at, start)
            at = run_end
        yield from range(at, end)

    def hole_count(self, end: int) -> int:
        """As many as `holes(end)` yields, without walking them."""
        covered = sum(
            min(run_end, end) - start
            for start, run_end in zip(self._starts, self._ends, strict=True)
            if start < end
        )
        return max(0, end - self.floor - covered)
