"""The brake (P8): our own faults too often in a row, or in too large a share, stop the partition.

Without it a bug of ours would drain a whole partition into the set-aside, one well-formed mail after another.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrakeLimits:
    """`in_a_row` faults trip, and so do more than `share` of the last `window` records (once there are so many)."""

    in_a_row: int = 20
    window: int = 200
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class Brake:
    """A value: `after` gives the brake as it stands when a batch's flags have been counted."""

    limits: BrakeLimits = BrakeLimits()
    streak: int = 0
    recent: tuple[bool, ...] = ()
    tripped: bool = False

    def after(self, own_faults: Sequence[bool]) -> "Brake":
        """Count one flag per record. Tripped as soon as it trips at any record inside the batch."""
        if not any(own_faults) and not any(self.recent):
            return Brake(self.limits, 0, self._last((*self.recent, *own_faults)), self.tripped)
        brake = self
        for fault in own_faults:
            brake = brake._after_one(fault)
        return brake

    def _after_one(self, fault: bool) -> "Brake":
        streak = self.streak + 1 if fault else 0
        recent = self._last((*self.recent, fault))
        return Brake(self.limits, streak, recent, self.tripped or self._trips(streak, recent))

    def _trips(self, streak: int, recent: tuple[bool, ...]) -> bool:
        full = len(recent) >= self.limits.window
        return streak >= self.limits.in_a_row or (full and sum(recent) > self.limits.share * len(recent))

    def _last(self, flags: tuple[bool, ...]) -> tuple[bool, ...]:
        return flags[-self.limits.window :]
