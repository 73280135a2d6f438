"""What an SLA clock has still to tell of a ticket, and from when on: warnings and breaches.

Asked by the `clock` service, which ticks, and by the ticket's owner, which decides: so both agree (P3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.durations import parse_open_time
from schemas.ticket import Sla, SlaClock
from workers.routing.business_time import subtract_open_time
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.sla_clock import is_told

LATE_AFTER = timedelta(seconds=2)
"""A tick that its ticket's owner takes up later than this says so: `late`."""


@dataclass(frozen=True, slots=True)
class Tick:
    """`kind`: warned | breached; `clock`: respond | resolve. Not before `at`."""

    kind: str
    clock: str
    due_at: datetime
    at: datetime

    def is_late(self, taken_at: datetime) -> bool:
        return taken_at > self.at + LATE_AFTER


def pending_ticks(
    sla: Sla | None, opened_at: datetime, clock: SlaClock, policy: CompiledPolicy
) -> tuple[Tick, ...]:
    """Those not told yet. None while paused, and of a clock that stopped: then there is no due time.

    A clock that is breached is not warned of any more. A warning never comes before the ticket.
    """
    if sla is None:
        return ()
    dues = (("respond", sla.respond_due_at), ("resolve", sla.resolve_due_at))
    return tuple(
        tick
        for name, due_at in dues
        if due_at is not None and not is_told(clock, "breached", name, due_at)
        for tick in _ticks(name, due_at, sla, opened_at, policy)
        if not is_told(clock, tick.kind, name, due_at)
    )


def _ticks(
    name: str, due_at: datetime, sla: Sla, opened_at: datetime, policy: CompiledPolicy
) -> Iterator[Tick]:
    level = policy.level(sla.contract, sla.level)
    if level is not None and level.warn_before is not None:
        before = parse_open_time(level.warn_before)
        warn_at = subtract_open_time(due_at, before, policy.calendars[level.calendar])
        yield Tick("warned", name, due_at, max(warn_at, opened_at))
    yield Tick("breached", name, due_at, due_at)
