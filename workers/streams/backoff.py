"""How long to wait before the next try: doubling, bounded, from the start again after a success."""

from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    first: float
    longest: float
    failures: int = 0

    def next(self) -> float:
        """Seconds to wait now."""
        wait = min(self.first * 2.0 ** min(self.failures, 16), self.longest)
        self.failures += 1
        return wait

    def reset(self) -> None:
        self.failures = 0
