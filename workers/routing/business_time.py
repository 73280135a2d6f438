"""Due times and open time by a calendar (DESIGN part 5, "SLA"). All instants are aware UTC.

Hours and minutes count only while it is open. What would become due exactly when it closes is due then, not
at the next opening. `PnD` is n open days at the same local time; n open days of a mail that came before a
day's first opening begin with that day, so it is due at the closing of the n-th.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from schemas.durations import OpenDays
from schemas.policy_sla import Slots
from workers.routing.calendar import LocalCalendar

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


def due_at(opened_at: datetime, duration: OpenDays | timedelta, calendar: LocalCalendar) -> datetime:
    """When a promise given at `opened_at` becomes due."""
    if isinstance(duration, OpenDays):
        return add_open_days(opened_at, duration.days, calendar)
    return add_open_time(opened_at, duration, calendar)


def add_open_time(at: datetime, open_time: timedelta, calendar: LocalCalendar) -> datetime:
    """The first instant by which so much open time has passed; `at` itself for none.

    With the rest that was left when a clock was paused, and the instant of its resumption: the new due time.
    """
    left = open_time
    if left <= _NOTHING:
        return at.astimezone(UTC)
    for interval in calendar.intervals_from(at):
        start = max(interval.start, at)
        if left <= interval.end - start:
            return (start + left).astimezone(UTC)
        left -= interval.end - start
    raise AssertionError("calendars have an open hour in every week")


def subtract_open_time(at: datetime, open_time: timedelta, calendar: LocalCalendar) -> datetime:
    """The last instant from which so much open time passes until `at`; for `warn_before`."""
    left = open_time
    if left <= _NOTHING:
        return at.astimezone(UTC)
    for interval in calendar.intervals_before(at):
        end = min(interval.end, at)
        if left <= end - interval.start:
            return (end - left).astimezone(UTC)
        left -= end - interval.start
    raise AssertionError("calendars have an open hour in every week")


def open_time_between(start: datetime, end: datetime, calendar: LocalCalendar) -> timedelta:
    """Open time from `start` to `end`; nothing where `end` is not later."""
    total = _NOTHING
    if end <= start:
        return total
    for interval in calendar.intervals_from(start):
        if interval.start >= end:
            break
        total += min(interval.end, end) - max(interval.start, start)
    return total


def is_open(at: datetime, calendar: LocalCalendar) -> bool:
    """Whether it is open at this instant."""
    return next(calendar.intervals_from(at)).start <= at


def add_open_days(at: datetime, days: int, calendar: LocalCalendar) -> datetime:
    """The same local time n open days later; the closing before it where it is closed then."""
    local = calendar.to_local(at)
    today = calendar.slots(local.date())
    if not today or _minutes(local) < today[0][0]:
        last = calendar.open_day_after(local.date() - _DAY, days)
        return _at_minute(last, calendar.slots(last)[-1][1], calendar)
    target = calendar.open_day_after(local.date(), days)
    return _same_time(target, local.time(), calendar)


def _same_time(day: date, at: time, calendar: LocalCalendar) -> datetime:
    """That local time, or the last closing before it."""
    slots = calendar.slots(day)
    minutes = _minutes(datetime.combine(day, at))
    if minutes < slots[0][0]:
        return _last_closing_before(day, calendar)
    closing = _closing_before(slots, minutes)
    if closing is not None:
        return _at_minute(day, closing, calendar)
    return calendar.to_utc(datetime.combine(day, at))


def _closing_before(slots: Slots, minutes: float) -> int | None:
    """The closing after which the time falls into a break or the evening; None while it is open."""
    for (_, end), (start, _) in pairwise(slots):
        if end <= minutes < start:
            return end
    return slots[-1][1] if minutes >= slots[-1][1] else None


def _last_closing_before(day: date, calendar: LocalCalendar) -> datetime:
    day -= _DAY
    while not calendar.slots(day):
        day -= _DAY
    return _at_minute(day, calendar.slots(day)[-1][1], calendar)


def _at_minute(day: date, minute: int, calendar: LocalCalendar) -> datetime:
    return calendar.to_utc(datetime.combine(day, time()) + timedelta(minutes=minute))


def _minutes(local: datetime) -> float:
    """Since midnight, with seconds as a fraction."""
    return local.hour * 60 + local.minute + (local.second + local.microsecond / 1e6) / 60
