"""Notices a last stable offset that stays below the high watermark for too long.

Records behind it are written and invisible: an open transaction that nobody ends, or (seen after a broker's
kill -9) a committed one without its marker. Lag against the last stable offset would look like zero.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class StableOffsetWatch:
    """`patience` in seconds: the transaction timeout. The clock restarts whenever the stable offset moves."""

    patience: float
    _since: dict[str, tuple[int, float]] = field(default_factory=dict)

    def seen(self, topic: str, stable: int, high: int, now: float) -> None:
        if stable >= high:
            self._since.pop(topic, None)
        elif self._since.get(topic, (-1, 0.0))[0] != stable:
            self._since[topic] = (stable, now)

    def stuck(self, now: float) -> tuple[str, ...]:
        return tuple(
            sorted(topic for topic, (_, since) in self._since.items() if now - since > self.patience)
        )
