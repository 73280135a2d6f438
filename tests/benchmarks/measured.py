"""What a benchmark hands in: figures of interleaved rounds, beside the same of a named reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of a table. `ours` and `reference` have one figure per round, in `unit`, from the same rounds.

    Without a `reference` it is colour: an absolute figure of this machine. `more_is_better` None: neither is.
    `goal`: the ratio that we want to reach, for people to look at; nothing fails on it.
    """

    case: str
    unit: str
    ours: Sequence[float]
    reference_name: str = ""
    reference: Sequence[float] = ()
    more_is_better: bool | None = None
    goal: float | None = None

    @property
    def ratio(self) -> float | None:
        """Of the medians, ours to the reference's; None for colour."""
        return median(self.ours) / median(self.reference) if self.reference else None

    @property
    def ratio_spread(self) -> tuple[float, float] | None:
        """The smallest and the largest ratio of one round; None for colour."""
        if not self.reference:
            return None
        ratios = [ours / theirs for ours, theirs in zip(self.ours, self.reference, strict=True)]
        return min(ratios), max(ratios)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that one benchmark measured. `about`: what was compared, in a sentence or two."""

    name: str
    about: str
    lines: Sequence[Measured]
