"""The broker's clock as far as this process knows it: ticks are decided by when the broker took them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

_TRUNCATED = timedelta(milliseconds=1)


class BrokerTime:
    """Starts with our own clock, and learns from each record that the broker took, ours most precisely.

    `now` is the process's clock.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._shift = timedelta(0)

    def own(self) -> datetime:
        """Our own clock, aware UTC."""
        return self._now()

    def now(self) -> datetime:
        """The broker's clock, aware UTC."""
        return self._now() + self._shift

    def saw(self, taken_at: datetime) -> None:
        """A record that the broker took then: its clock was no earlier when we got it. Never makes us early."""
        self._shift = max(self._shift, taken_at - self._now())

    def learn(self, sent_at: datetime, taken_at: datetime, answered_at: datetime) -> None:
        """`sent_at`, `answered_at`: by our clock, around the broker's `taken_at`, which it cuts to milliseconds."""
        least, most = taken_at - answered_at, taken_at + _TRUNCATED - sent_at
        self._shift = min(max(self._shift, least), most)
