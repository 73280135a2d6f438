"""Calendars for tests, and what they mean by the plainest possible reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from config.compile_policy import compile_calendar
from schemas.policy_document import CalendarSource
from workers.routing.calendar import LocalCalendar

OFFICE: Mapping[str, Sequence[str]] = {"mon-fri": ["08:00-16:30"]}
ALWAYS: Mapping[str, Sequence[str]] = {"mon-sun": ["00:00-24:00"]}
MINUTE = timedelta(minutes=1)


def a_calendar(
    hours: Mapping[str, Sequence[str]] = OFFICE,
    time_zone: str = "Europe/Prague",
    holidays: str | Sequence[str] = (),
) -> LocalCalendar:
    """A compiled calendar, ready for questions."""
    written = {"time_zone": time_zone, "hours": hours, "holidays": holidays}
    return LocalCalendar(compile_calendar(CalendarSource.model_validate(written)))


@cache
def zone(name: str) -> ZoneInfo:
    """Of the `tzdata` package, as policies are compiled; the machine's own data may be older or newer."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file)


def local(text: str, time_zone: str = "Europe/Prague", *, fold: int = 0) -> datetime:
    """`2026-03-02 09:30` of a zone, as UTC, by Python's own arithmetic."""
    return datetime.fromisoformat(text).replace(tzinfo=zone(time_zone), fold=fold).astimezone(UTC)


def slowly_open(at: datetime, calendar: LocalCalendar) -> bool:
    """Whether the wall clock of the zone shows an open minute."""
    wall = at.astimezone(zone(calendar.calendar.time_zone))
    if wall.date() in calendar.holidays:
        return False
    minute = wall.hour * 60 + wall.minute
    return any(start <= minute < end for start, end in calendar.calendar.week[wall.weekday()])


def slowly_due(at: datetime, minutes: int, calendar: LocalCalendar) -> datetime:
    """Count open minutes one by one. `at` must be on a minute."""
    while minutes:
        minutes -= slowly_open(at, calendar)
        at += MINUTE
    return at


def slow_open_minutes(start: datetime, end: datetime, calendar: LocalCalendar) -> int:
    count = 0
    while start < end:
        count += slowly_open(start, calendar)
        start += MINUTE
    return count
