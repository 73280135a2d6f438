"""Running clocks that are due soon, or overdue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from workers.adapters.page_answers import Ask, Page
from workers.entrypoints.sla_pages import plain
from workers.entrypoints.ticket_pages import assignment
from workers.errors import InvalidInput
from workers.page_ports import DueClock, DueQuery, TicketIndex

PAGE = 50
MOST_SKIPPED = 5_000
WITHIN = {
    "0": timedelta(0),
    "30m": timedelta(minutes=30),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
    "14d": timedelta(days=14),
}
WORDS = {
    "0": "overdue only",
    "30m": "30 minutes",
    "1h": "1 hour",
    "4h": "4 hours",
    "1d": "1 day",
    "3d": "3 days",
    "14d": "14 days",
}
USUAL = "4h"
FILTERS = ("handler", "user_group", "process")


@dataclass(frozen=True, slots=True)
class SlaPages:
    """By the wall clock: what is due within four hours may have one of open time left."""

    index: TicketIndex
    now: Callable[[], datetime]

    async def due(self, ask: Ask) -> Page:
        """The earliest first, so overdue ones come before all others."""
        within, skip = ask.given("within") or USUAL, _skip(ask.given("skip") or "0")
        if within not in WITHIN:
            raise InvalidInput(f"within: one of {', '.join(WITHIN)}")
        at = self.now()
        given = {name: ask.given(name) for name in FILTERS}
        query = DueQuery(
            until=at + WITHIN[within],
            handler=given["handler"],
            user_group=given["user_group"],
            process=given["process"],
        )
        found = await self.index.due(query, limit=PAGE + 1, skip=skip)
        values = {
            "given": given,
            "within": within,
            "choices": WORDS,
            "rows": [_row(each, at) for each in found[:PAGE]],
            "next": skip + PAGE if len(found) > PAGE and skip + PAGE <= MOST_SKIPPED else None,
            "skip": skip,
        }
        return Page("sla", "SLA due", values)


def _skip(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MOST_SKIPPED):
        raise InvalidInput(f"skip: a number up to {MOST_SKIPPED}")
    return int(text)


def _row(due: DueClock, at: datetime) -> dict[str, object]:
    left, sla = due.due_at - at, due.ticket.sla
    return {
        "due_at": due.due_at,
        "overdue": left < timedelta(0),
        "left": plain(abs(left)),
        "id": due.ticket.ticket_id,
        "clock": due.clock,
        "level": f"{sla.contract} {sla.level}" if sla else "–",
        "status": due.ticket.status,
        "process": due.ticket.process,
        "who": assignment(due.ticket),
    }
