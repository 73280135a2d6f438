"""Due times that people can check by looking at a wall calendar. 2026-03-02 is a Monday."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.durations import parse_duration
from tests.support.calendars import ALWAYS, a_calendar, local
from workers.routing.business_time import (
    add_open_time,
    due_at,
    is_open,
    open_time_between,
    subtract_open_time,
)

BREAK = {"mon-thu": ["08:00-12:00", "13:00-17:00"], "fri": ["08:00-14:00"], "sat": ["09:00-11:00"]}


@pytest.mark.parametrize(
    ("opened", "within", "due"),
    [
        ("2026-03-02 09:30", "PT4H", "2026-03-02 13:30"),
        ("2026-03-02 15:00", "PT4H", "2026-03-03 10:30"),
        ("2026-03-02 12:30", "PT4H", "2026-03-02 16:30"),  # the closing minute, not the next opening
        ("2026-03-02 16:30", "PT1H", "2026-03-03 09:00"),
        ("2026-03-02 05:00", "PT1H", "2026-03-02 09:00"),
        ("2026-03-06 16:00", "PT1H", "2026-03-09 08:30"),
        ("2026-03-07 12:00", "PT30M", "2026-03-09 08:30"),
        ("2026-03-02 09:30", "PT8H30M", "2026-03-03 09:30"),
    ],
)
def test_open_hours_count_only_while_it_is_open(opened: str, within: str, due: str) -> None:
    """Nights and weekends do not count."""
    assert local(due) == due_at(local(opened), parse_duration(within), a_calendar())


@pytest.mark.parametrize(
    ("opened", "within", "due"),
    [
        ("2026-03-02 09:30", "P1D", "2026-03-03 09:30"),
        ("2026-03-02 08:00", "P1D", "2026-03-03 08:00"),
        ("2026-03-06 09:30", "P3D", "2026-03-11 09:30"),
        ("2026-03-02 18:00", "P1D", "2026-03-03 16:30"),  # closed at that time: the closing before it
        ("2026-03-02 06:00", "P1D", "2026-03-02 16:30"),  # before the opening: that day is the first
        ("2026-03-07 12:00", "P1D", "2026-03-09 16:30"),
        ("2026-03-08 23:59", "P2D", "2026-03-10 16:30"),
    ],
)
def test_open_days_end_at_the_same_local_time(opened: str, within: str, due: str) -> None:
    """Days that are closed do not count."""
    assert local(due) == due_at(local(opened), parse_duration(within), a_calendar())


@pytest.mark.parametrize(
    ("opened", "within", "due"),
    [
        ("2026-03-02 11:00", "PT3H", "2026-03-02 15:00"),
        ("2026-03-02 11:00", "PT1H", "2026-03-02 12:00"),
        ("2026-03-02 12:30", "P1D", "2026-03-03 12:00"),  # in the break: when the morning closes
        ("2026-03-05 16:00", "P1D", "2026-03-06 14:00"),  # Fridays close earlier
        ("2026-03-06 13:00", "P1D", "2026-03-07 11:00"),
        ("2026-03-06 08:30", "P1D", "2026-03-06 14:00"),  # Saturdays open later
    ],
)
def test_days_may_have_several_slots_and_differ(opened: str, within: str, due: str) -> None:
    """A break, a short Friday, a later Saturday."""
    assert local(due) == due_at(local(opened), parse_duration(within), a_calendar(BREAK))


def test_holidays_are_closed() -> None:
    """Easter Monday of 2026 in Czechia is 6 April; Good Friday is 3 April."""
    office = a_calendar(holidays="CZ")
    assert local("2026-04-07 09:00") == add_open_time(
        local("2026-04-02 16:00"), timedelta(hours=1, minutes=30), office
    )
    assert local("2026-04-07 16:00") == due_at(local("2026-04-02 16:00"), parse_duration("P1D"), office)


def test_around_the_clock_loses_no_minute_at_midnight() -> None:
    """Seven slots to 24:00 are one open time."""
    always = a_calendar(ALWAYS)
    opened = local("2026-03-02 22:15")
    assert opened + timedelta(hours=100) == add_open_time(opened, timedelta(hours=100), always)
    assert timedelta(days=7) == open_time_between(opened, opened + timedelta(days=7), always)
    assert local("2026-03-05 22:15") == due_at(opened, parse_duration("P3D"), always)


@pytest.mark.parametrize(
    ("zone", "opened", "due"),
    [
        ("Europe/Prague", "2026-03-29 00:30", "2026-03-29 04:30"),  # 02:00 becomes 03:00
        ("Europe/Prague", "2026-10-25 00:30", "2026-10-25 02:30"),  # 03:00 becomes 02:00
        ("America/New_York", "2026-03-08 00:30", "2026-03-08 04:30"),
        ("America/New_York", "2026-11-01 00:30", "2026-11-01 02:30"),
        ("Australia/Lord_Howe", "2026-10-04 00:30", "2026-10-04 04:00"),  # only half an hour
        ("Australia/Lord_Howe", "2026-04-05 00:30", "2026-04-05 03:00"),
    ],
)
def test_three_open_hours_of_a_night_with_a_clock_change_are_three_hours(
    zone: str, opened: str, due: str
) -> None:
    """Open time is elapsed time, whatever the wall clock does."""
    fold = 1 if zone == "Europe/Prague" and "10-25" in opened else 0
    always = a_calendar(ALWAYS, zone)
    expected = local(opened, zone) + timedelta(hours=3)
    assert expected == local(due, zone, fold=fold)
    assert expected == add_open_time(local(opened, zone), timedelta(hours=3), always)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Prague", "2026-03-29", 23.0),
        ("Europe/Prague", "2026-10-25", 25.0),
        ("America/New_York", "2026-03-08", 23.0),
        ("America/New_York", "2026-11-01", 25.0),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ],
)
def test_a_day_with_a_clock_change_has_its_own_length(zone: str, day: str, hours: float) -> None:
    """Half-hour changes too."""
    always = a_calendar(ALWAYS, zone)
    start = local(f"{day} 00:00", zone)
    end = local(f"{day} 23:59", zone) + timedelta(minutes=1)
    assert timedelta(hours=hours) == open_time_between(start, end, always)


def test_an_open_day_over_a_clock_change_keeps_the_wall_clock() -> None:
    """From Saturday 10:00 to Sunday 10:00, 23 hours later."""
    always = a_calendar(ALWAYS)
    opened = local("2026-03-28 10:00")
    assert opened + timedelta(hours=23) == due_at(opened, parse_duration("P1D"), always)


def test_a_local_time_that_the_clock_change_skips_is_the_instant_of_the_change() -> None:
    """02:30 does not exist on 2026-03-29."""
    due = due_at(local("2026-03-28 02:30"), parse_duration("P1D"), a_calendar(ALWAYS))
    assert datetime(2026, 3, 29, 1, 0, tzinfo=UTC) == due


def test_a_local_time_that_comes_twice_is_the_first() -> None:
    """02:30 comes twice on 2026-10-25."""
    due = due_at(local("2026-10-24 02:30"), parse_duration("P1D"), a_calendar(ALWAYS))
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == due


def test_a_warning_comes_in_open_time_before_the_due_time() -> None:
    """An hour before Tuesday 08:30 is Monday 16:00."""
    assert local("2026-03-02 16:00") == subtract_open_time(
        local("2026-03-03 08:30"), timedelta(hours=1), a_calendar()
    )


def test_a_paused_clock_goes_on_with_what_was_left() -> None:
    """Due 13:30, paused at 10:00 with 3.5 h left, resumed on Tuesday 09:00."""
    office = a_calendar()
    left = open_time_between(local("2026-03-02 10:00"), local("2026-03-02 13:30"), office)
    assert local("2026-03-03 12:30") == add_open_time(local("2026-03-03 09:00"), left, office)


def test_seconds_are_kept() -> None:
    """Due times are as exact as the mail's time."""
    opened = local("2026-03-02 16:29") + timedelta(seconds=30, microseconds=5)
    assert local("2026-03-03 08:29") + timedelta(seconds=30, microseconds=5) == add_open_time(
        opened, timedelta(minutes=30), a_calendar()
    )


def test_it_is_open_from_the_opening_to_just_before_the_closing() -> None:
    """Slots are half open."""
    office = a_calendar()
    times = ("07:59", "08:00", "16:29", "16:30")
    assert [False, True, True, False] == [is_open(local(f"2026-03-02 {at}"), office) for at in times]


def test_after_the_explicit_years_the_last_offset_holds() -> None:
    """Nothing fails in 2050."""
    office = a_calendar(holidays="CZ")
    at = datetime(2050, 7, 4, 9, 0, tzinfo=UTC)
    assert at + timedelta(hours=1) == add_open_time(at, timedelta(hours=1), office)
