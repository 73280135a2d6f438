"""Business time for all calendars, against counting minutes one by one."""

from datetime import UTC, datetime, timedelta

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from schemas.durations import OpenDays
from schemas.open_hours import WEEKDAYS
from tests.support.calendars import (
    MINUTE,
    a_calendar,
    slow_open_minutes,
    slowly_due,
    slowly_open,
)
from workers.routing.business_time import (
    add_open_days,
    add_open_time,
    is_open,
    open_time_between,
    subtract_open_time,
)
from workers.routing.calendar import LocalCalendar

ZONES = (
    "Europe/Prague",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",  # changes at midnight
    "Africa/Casablanca",  # changes around Ramadan
    "Asia/Kathmandu",
    "UTC",
)
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""Counting minutes is slow; a failing example is small enough as it is."""
CHANGES = ("2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01", "2026-03-22")


@st.composite
def slots(draw: st.DrawFn) -> list[str]:
    """Up to three slots of a day, in steps of ten minutes, to 24:00."""
    edges = sorted(draw(st.lists(st.integers(0, 144), min_size=2, max_size=6, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [f"{a // 6:02}:{a % 6 * 10:02}-{b // 6:02}:{b % 6 * 10:02}" for a, b in pairs]


@st.composite
def calendars(draw: st.DrawFn) -> LocalCalendar:
    """Some days open, in some zone; now and then a holiday close to the clock changes."""
    days = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True))
    hours = {day: draw(slots()) for day in days}
    if draw(st.integers(0, 4)) == 0:
        hours = {"mon-sun": ["00:00-24:00"]}
    holidays = draw(st.lists(st.sampled_from(CHANGES), max_size=2))
    return a_calendar(hours, draw(st.sampled_from(ZONES)), holidays)


@st.composite
def instants(draw: st.DrawFn) -> datetime:
    """Minutes of the days around clock changes."""
    day = datetime.fromisoformat(draw(st.sampled_from(CHANGES))).replace(tzinfo=UTC)
    return day + draw(st.integers(-2 * 1440, 2 * 1440)) * MINUTE


@given(calendars(), instants(), st.integers(1, 120))
@settings(max_examples=80, deadline=None, phases=NO_SHRINKING)
def test_open_time_ends_where_counting_minutes_ends(
    calendar: LocalCalendar, at: datetime, minutes: int
) -> None:
    """Adding is the same as the plainest counting; a due time at closing included."""
    assert slowly_due(at, minutes, calendar) == add_open_time(at, minutes * MINUTE, calendar)


@given(calendars(), instants(), st.integers(0, 4 * 1440))
@settings(max_examples=80, deadline=None, phases=NO_SHRINKING)
def test_open_time_between_is_the_number_of_open_minutes(
    calendar: LocalCalendar, at: datetime, later: int
) -> None:
    """Measuring is the same as the plainest counting."""
    end = at + later * MINUTE
    assert slow_open_minutes(at, end, calendar) * MINUTE == open_time_between(at, end, calendar)


@given(calendars(), instants())
@settings(max_examples=80, deadline=None, phases=NO_SHRINKING)
def test_it_is_open_when_the_wall_clock_says_so(calendar: LocalCalendar, at: datetime) -> None:
    """Also in the hour that comes twice."""
    assert slowly_open(at, calendar) == is_open(at, calendar)


@given(calendars(), instants(), st.integers(1, 5_000))
@settings(deadline=None)
def test_what_is_added_is_what_lies_between(calendar: LocalCalendar, at: datetime, minutes: int) -> None:
    """Pausing at any moment and resuming at once changes nothing."""
    due = add_open_time(at, minutes * MINUTE, calendar)
    assert minutes * MINUTE == open_time_between(at, due, calendar)
    pause = at + (due - at) / 3
    assert due == add_open_time(pause, open_time_between(pause, due, calendar), calendar)


@given(calendars(), instants(), st.integers(1, 5_000))
@settings(deadline=None)
def test_what_is_subtracted_is_what_lies_between(calendar: LocalCalendar, at: datetime, minutes: int) -> None:
    """A warning leaves exactly its open time, and comes as late as that allows."""
    warned = subtract_open_time(at, minutes * MINUTE, calendar)
    assert minutes * MINUTE == open_time_between(warned, at, calendar)
    assert minutes * MINUTE > open_time_between(warned + MINUTE, at, calendar)


@given(calendars(), instants(), st.integers(1, 3), st.integers(0, 3 * 1440))
@settings(max_examples=200, deadline=None)
def test_a_later_mail_is_never_due_earlier(
    calendar: LocalCalendar, at: datetime, days: int, later: int
) -> None:
    """Open days keep the order of mails, across breaks, holidays and clock changes."""
    assert add_open_days(at, days, calendar) <= add_open_days(at + later * MINUTE, days, calendar)


@given(calendars(), instants(), st.integers(1, 6))
@settings(deadline=None)
def test_open_days_end_while_it_is_open_or_just_when_it_closes(
    calendar: LocalCalendar, at: datetime, days: int
) -> None:
    """Nothing is due at night. A skipped slot of a clock change is the exception: it closes when it would open."""
    due = add_open_days(at, days, calendar)
    wall = calendar.to_local(due)
    assume(all(abs(change - due) > timedelta(hours=2) for change in calendar.instants))
    closings = [end % 1440 for slots_ in calendar.calendar.week for _, end in slots_]
    assert is_open(due, calendar) or wall.hour * 60 + wall.minute in closings


@given(calendars(), instants(), st.integers(1, 9))
@settings(deadline=None)
def test_one_open_day_more_is_never_sooner(calendar: LocalCalendar, at: datetime, days: int) -> None:
    """The same, where that day opens later than this one closes: both are due at the closing between."""
    assert add_open_days(at, days, calendar) <= add_open_days(at, days + 1, calendar)


def test_a_duration_of_open_days_is_a_value() -> None:
    """Equal durations are equal."""
    assert OpenDays(3) == OpenDays(3)
