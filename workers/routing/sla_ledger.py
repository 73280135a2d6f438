"""Where an SLA's time went: each stretch that counted, each that did not, and why (R21-R23)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schemas.policy_sla import Level
from schemas.ticket import SlaClock, TicketState
from workers.routing.business_time import open_time_between
from workers.routing.calendar import LocalCalendar
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.deadlines import CLOCKS, running_due

_DAY = timedelta(days=1)
WAITING = "waiting for the customer"
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Stretch:
    """From (inclusive) to (exclusive), aware UTC. Counted only while it is open and nobody waits."""

    start: datetime
    end: datetime
    counted: bool
    why: str


@dataclass(frozen=True, slots=True)
class ClockLedger:
    """One clock of a ticket. `due_at` as it would be if it went on now; None where the level promises nothing.

    `counted` is the sum of the counted stretches, until the clock stopped or `until`. `left`: open time from then
    to `due_at`; nothing once it stopped. A promise in days is kept by the calendar, not by the sum.
    """

    clock: str
    promised: str
    due_at: datetime
    stopped_at: datetime | None
    warned: bool
    breached: bool
    counted: timedelta
    left: timedelta
    stretches: tuple[Stretch, ...]


def sla_ledger(state: TicketState, policy: CompiledPolicy, until: datetime) -> tuple[ClockLedger, ...]:
    """Both clocks, as far as the level promises something. None where the policy lost the contract's level."""
    sla = state.ticket.sla
    level = policy.level(sla.contract, sla.level) if sla else None
    if level is None:
        return ()
    found = (_clock(name, state, level, policy, until) for name in CLOCKS)
    return tuple(ledger for ledger in found if ledger is not None)


def stretches(start: datetime, end: datetime, clock: SlaClock, calendar: LocalCalendar) -> Iterator[Stretch]:
    """From start to end without a gap, in order; neighbours differ in why."""
    last: Stretch | None = None
    for each in _pieces(start, end, clock, calendar):
        if last is not None and last.why == each.why:
            last = replace(last, end=each.end)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def _pieces(start: datetime, end: datetime, clock: SlaClock, calendar: LocalCalendar) -> Iterator[Stretch]:
    at = start
    for pause_start, pause_end in _pauses(clock, start, end):
        yield from _by_calendar(at, pause_start, calendar)
        yield Stretch(pause_start, pause_end, False, WAITING)
        at = pause_end
    yield from _by_calendar(at, end, calendar)


def _clock(
    name: str, state: TicketState, level: Level, policy: CompiledPolicy, until: datetime
) -> ClockLedger | None:
    promised = level.respond_within if name == "respond" else level.resolve_within
    ticket, clock = state.ticket, state.clock
    due_at = running_due(name, ticket.sla, ticket.opened_at, clock, policy, until=until)
    if promised is None or due_at is None:
        return None
    calendar = policy.calendars[level.calendar]
    stopped_at = _stopped_at(name, state)
    end = max(stopped_at or until, ticket.opened_at)
    found = tuple(stretches(ticket.opened_at, end, clock, calendar))
    counted = (each.end - each.start for each in found if each.counted)
    return ClockLedger(
        clock=name,
        promised=promised,
        due_at=due_at,
        stopped_at=stopped_at,
        warned=name in clock.warned,
        breached=name in clock.breached,
        counted=sum(counted, timedelta(0)),
        left=timedelta(0) if stopped_at else open_time_between(end, due_at, calendar),
        stretches=found,
    )


def _stopped_at(name: str, state: TicketState) -> datetime | None:
    """Closing stops both clocks."""
    own = state.clock.responded_at if name == "respond" else state.clock.resolved_at
    closed_at = state.closed_at if state.ticket.status == "closed" else None
    return min((at for at in (own, closed_at) if at is not None), default=None)


def _pauses(clock: SlaClock, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Inside of start and end, in order, without overlap; the one that still lasts ends at the end."""
    spans = [*clock.pauses, *([(clock.paused_since, end)] if clock.paused_since else [])]
    at = start
    for pause_start, pause_end in sorted(spans):
        begins, ends = max(pause_start, at), min(pause_end, end)
        if begins < ends:
            yield begins, ends
            at = ends


def _by_calendar(start: datetime, end: datetime, calendar: LocalCalendar) -> Iterator[Stretch]:
    at = start
    if start >= end:
        return
    for interval in calendar.intervals_from(start):
        opens, closes = max(interval.start, at), min(interval.end, end)
        if opens > at:
            yield Stretch(at, min(opens, end), False, _why_closed(at, min(opens, end), calendar))
        if opens >= end:
            return
        yield Stretch(opens, closes, True, OPEN)
        at = closes
        if at >= end:
            return


def _why_closed(start: datetime, end: datetime, calendar: LocalCalendar) -> str:
    """Names the holidays on which it would have been open."""
    day, last = calendar.to_local(start).date(), calendar.to_local(end - timedelta(microseconds=1)).date()
    holidays = []
    while day <= last:
        if day in calendar.holidays and calendar.calendar.week[day.weekday()]:
            holidays.append(day.isoformat())
        day += _DAY
    return f"closed, holiday {' '.join(holidays)}" if holidays else "closed"
