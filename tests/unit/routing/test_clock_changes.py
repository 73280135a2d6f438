"""Nights and days on which clocks change, zone by zone: half hours, whole days, and changes at odd times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.durations import parse_duration
from schemas.policy_sla import Calendar, Transition
from tests.support.calendars import ALWAYS, MINUTE, OFFICE, a_calendar, local, slow_open_minutes, zone
from workers.routing.business_time import add_open_time, due_at, open_time_between, subtract_open_time
from workers.routing.calendar import LocalCalendar

NIGHT_SHIFT = {"mon-sun": ["00:00-06:00", "22:00-24:00"]}
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/Havana",
    "Asia/Tehran",
    "Pacific/Chatham",
    "Africa/Cairo",
    "America/Nuuk",
    "UTC",
)


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Africa/Casablanca", "2026-02-15", 25),  # Ramadan begins: back by an hour
        ("Africa/Casablanca", "2026-03-22", 23),
        ("Pacific/Apia", "2021-04-04", 25),  # the last one
        ("Pacific/Apia", "2026-04-05", 24),
        ("America/Havana", "2026-03-08", 23),  # at midnight: the day begins at one
    ],
)
def test_a_day_is_as_long_as_its_clock_change_makes_it(name: str, day: str, hours: float) -> None:
    """R21: around the clock each of its minutes is open; the night shift loses or gains just that hour."""
    start, end = _day(name, day)
    assert timedelta(hours=hours) == open_time_between(start, end, a_calendar(ALWAYS, name))
    night = a_calendar(NIGHT_SHIFT, name)
    assert timedelta(hours=hours - 16) == open_time_between(start, end, night)
    assert slow_open_minutes(start, end, night) * MINUTE == timedelta(hours=hours - 16)


@pytest.mark.parametrize(
    ("name", "opened", "within", "due"),
    [
        ("Europe/Berlin", "2026-03-27 16:00", "PT2H", "2026-03-30 09:30"),
        ("Europe/Berlin", "2026-10-24 12:00", "P1D", "2026-10-26 16:30"),
        ("America/New_York", "2026-03-06 10:00", "P1D", "2026-03-09 10:00"),
        ("America/New_York", "2026-10-30 16:00", "PT1H", "2026-11-02 08:30"),
        ("Australia/Lord_Howe", "2026-04-03 16:15", "PT30M", "2026-04-06 08:15"),
        ("Australia/Lord_Howe", "2026-10-02 09:00", "P2D", "2026-10-06 09:00"),
        ("Africa/Casablanca", "2026-02-13 16:00", "PT1H", "2026-02-16 08:30"),
        ("Africa/Casablanca", "2026-03-20 11:00", "P1D", "2026-03-23 11:00"),
        ("Pacific/Apia", "2021-04-02 16:00", "PT1H", "2021-04-05 08:30"),
    ],
)
def test_office_hours_over_a_clock_change_keep_the_wall_clock(
    name: str, opened: str, within: str, due: str
) -> None:
    """R21: people come at eight, whatever the clocks did on Sunday."""
    calendar = a_calendar(OFFICE, name)
    assert local(due, name) == due_at(local(opened, name), parse_duration(within), calendar)


def test_the_day_that_samoa_skipped_was_nobodys() -> None:
    """R21: Friday 30 December 2011 never was. Thursday evening is followed by Saturday morning."""
    calendar = _samoa_in_2011(((0, 24 * 60),))
    thursday = datetime(2011, 12, 30, 9, 30, tzinfo=UTC)  # 23:30 there
    assert "2011-12-29 23:30" == f"{calendar.to_local(thursday):%Y-%m-%d %H:%M}"
    assert "2011-12-31 00:30" == f"{calendar.to_local(thursday + timedelta(hours=1)):%Y-%m-%d %H:%M}"
    assert thursday + timedelta(hours=5) == add_open_time(thursday, timedelta(hours=5), calendar)
    assert timedelta(hours=48) == open_time_between(thursday, thursday + timedelta(hours=48), calendar)
    assert not calendar.intervals(date(2011, 12, 30))


def test_office_hours_go_on_after_the_day_that_was_skipped() -> None:
    """R21: open days too; the slow model reads the wall clock of the zone's own data."""
    calendar = _samoa_in_2011(((8 * 60, 16 * 60),))
    opened = datetime(2011, 12, 30, 1, 0, tzinfo=UTC)  # Thursday 15:00 there
    due = add_open_time(opened, timedelta(hours=2), calendar)
    assert "2011-12-31 09:00" == f"{calendar.to_local(due):%Y-%m-%d %H:%M}"
    assert 120 == slow_open_minutes(opened, due, calendar)
    assert opened == subtract_open_time(due, timedelta(hours=2), calendar)


INSTANTS = st.integers(0, 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), INSTANTS, st.integers(0, 60 * 24 * 60))
def test_around_the_clock_no_minute_is_lost_in_any_zone(name: str, at: datetime, minutes: int) -> None:
    """R21: neither at midnight nor when clocks change: open time is elapsed time, both ways."""
    always = a_calendar(ALWAYS, name)
    end = at + minutes * MINUTE
    assert minutes * MINUTE == open_time_between(at, end, always)
    assert end == add_open_time(at, minutes * MINUTE, always)
    assert at == subtract_open_time(end, minutes * MINUTE, always)


@pytest.mark.parametrize("name", ZONES)
def test_over_a_whole_year_every_midnight_joins(name: str) -> None:
    """R21: 24:00 of a day is 00:00 of the next."""
    always = a_calendar(ALWAYS, name)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    at, end = begin, begin + timedelta(days=366)
    for interval in always.intervals_from(begin):
        if interval.start >= end:
            break
        assert interval.start <= at, f"from {at} to {interval.start} nothing is open"
        at = interval.end
    assert at >= end


def _day(name: str, day: str) -> tuple[datetime, datetime]:
    """From its first to its last instant; a midnight that does not exist is the change that skipped it."""
    begin = datetime.fromisoformat(day)
    start, end = (
        each.replace(tzinfo=zone(name)).astimezone(UTC) for each in (begin, begin + timedelta(days=1))
    )
    return start, end


def _samoa_in_2011(slots: tuple[tuple[int, int], ...]) -> LocalCalendar:
    """From ten hours behind UTC to fourteen ahead of it: older than the years that policies are compiled for."""
    changes = (
        Transition(at=datetime(2011, 9, 24, 14, tzinfo=UTC), offset_seconds=-10 * 3600),
        Transition(at=datetime(2011, 12, 30, 10, tzinfo=UTC), offset_seconds=14 * 3600),
    )
    return LocalCalendar(Calendar(time_zone="Pacific/Apia", week=(slots,) * 7, transitions=changes))
