"""Which due times of open tickets move: counts that are exact, and the most urgent ones by name."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workers.routing.deadline_moves import DeadlineMove

LISTED = 1_000


@dataclass(slots=True)
class DeadlineReport:
    """Judged at `now` (aware). `tickets` have moves; all other counts are of due times, two a ticket at most.

    `begin`: where nothing was promised; `end`: where nothing would be.
    """

    now: datetime
    looked_at: int = 0
    tickets: int = 0
    earlier: int = 0
    later: int = 0
    begin: int = 0
    end: int = 0
    breached_at_once: int = 0
    no_longer_breached: int = 0
    _listed: list[tuple[float, int, DeadlineMove]] = field(default_factory=list)
    _seen: int = 0

    def add(self, moves: Iterable[DeadlineMove]) -> None:
        """Of one open ticket that was looked at; maybe none."""
        found = list(moves)
        self.looked_at += 1
        self.tickets += bool(found)
        for move in found:
            self._count(move)
            self._list(move)

    @property
    def listed(self) -> list[DeadlineMove]:
        """The first by when they would be due; those that would not be due at all come last."""
        return [move for *_, move in sorted(self._listed, key=lambda each: (-each[0], -each[1]))]

    def as_json(self) -> dict[str, Any]:
        return {
            "open_tickets": self.looked_at,
            "tickets": self.tickets,
            "earlier": self.earlier,
            "later": self.later,
            "begin": self.begin,
            "end": self.end,
            "breached_at_once": self.breached_at_once,
            "no_longer_breached": self.no_longer_breached,
            "moves": [self._as_json(move) for move in self.listed],
        }

    def _count(self, move: DeadlineMove) -> None:
        self.breached_at_once += move.is_breached_at_once(self.now)
        self.no_longer_breached += move.is_no_longer_breached(self.now)
        if move.before is None:
            self.begin += 1
        elif move.after is None:
            self.end += 1
        elif move.after < move.before:
            self.earlier += 1
        else:
            self.later += 1

    def _list(self, move: DeadlineMove) -> None:
        """A heap whose first entry is the least urgent; the running number keeps moves from being compared."""
        self._seen += 1
        due_at = float("inf") if move.after is None else move.after.timestamp()
        heapq.heappush(self._listed, (-due_at, -self._seen, move))
        if len(self._listed) > LISTED:
            heapq.heappop(self._listed)

    def _as_json(self, move: DeadlineMove) -> dict[str, Any]:
        return {
            "ticket_id": move.ticket_id,
            "clock": move.clock,
            "before": _time(move.before),
            "after": _time(move.after),
            "breached_at_once": move.is_breached_at_once(self.now),
            "no_longer_breached": move.is_no_longer_breached(self.now),
        }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
