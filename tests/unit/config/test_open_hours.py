"""Hours and durations as people write them."""

from datetime import timedelta

import pytest

from schemas.durations import OpenDays, parse_duration, parse_open_time, parse_plain_days
from schemas.open_hours import week_of


def test_days_may_be_ranges_and_lists() -> None:
    """Each day once."""
    week = week_of({"mon-tue,thu": ["08:00-12:00"], "SAT": ["10:00-24:00"]})
    assert (((480, 720),), ((480, 720),), (), ((480, 720),), (), ((600, 1440),), ()) == week


def test_touching_slots_are_one() -> None:
    """In whatever order they are written."""
    assert ((480, 990),) == week_of({"mon": ["12:00-16:30", "08:00-12:00"]})[0]


@pytest.mark.parametrize(
    "hours",
    [
        {"mon": ["08:00-12:00", "11:00-13:00"]},
        {"mon-wed": ["08:00-12:00"], "tue": ["08:00-12:00"]},
        {"fri-mon": ["08:00-12:00"]},
        {"someday": ["08:00-12:00"]},
        {"mon": ["8:00-12:00"]},
        {"mon": ["08:00-24:01"]},
        {"mon": ["08:60-12:00"]},
        {"mon": ["08:00-08:00"]},
    ],
)
def test_what_is_unclear_is_refused(hours: dict[str, list[str]]) -> None:
    """Overlaps, days twice, backwards, out of the day."""
    with pytest.raises(ValueError, match=r"\w"):
        week_of(hours)


def test_a_duration_is_open_days_or_open_time() -> None:
    """Two kinds, no mixture."""
    found = [parse_duration(text) for text in ("P3D", "PT4H", "PT90M", "PT1H30M")]
    assert [OpenDays(3), timedelta(hours=4), timedelta(minutes=90), timedelta(minutes=90)] == found


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P0D", "PT0M", "P1DT1H", "P1W", "PT5S", "-P1D", "P1.5D", "4h", "P1D "]
)
def test_other_forms_are_refused(text: str) -> None:
    """No seconds, weeks, fractions or nothing."""
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_where_days_make_no_sense_they_are_refused_or_plain() -> None:
    """Warnings are open time; reopening knows no calendar."""
    assert timedelta(days=14) == parse_plain_days("P14D")
    with pytest.raises(ValueError, match="days are not possible here"):
        parse_open_time("P1D")
