"""Holidays and clock changes become explicit."""

from datetime import UTC, date, datetime

import pytest

from config.compile_policy import YEARS, compile_calendar, transitions
from schemas.policy_document import CalendarSource
from schemas.policy_sla import Calendar


def compiled(holidays: object = (), time_zone: str = "Europe/Prague") -> Calendar:
    written = {"time_zone": time_zone, "hours": {"mon-fri": ["08:00-16:30"]}, "holidays": holidays}
    return compile_calendar(CalendarSource.model_validate(written))


def test_holidays_of_a_country_are_dates_of_all_the_years() -> None:
    """Public ones only: Christmas Eve is one in Czechia, New Year's Eve is not."""
    dates = compiled("CZ").holidays
    assert {date(2026, 12, 24), date(2015, 1, 1), date(2045, 12, 26)} <= set(dates)
    assert date(2026, 12, 31) not in dates
    assert set(YEARS) == {each.year for each in dates}


def test_a_part_of_a_country_has_its_own() -> None:
    """Epiphany is a holiday in Bavaria, not in Berlin."""
    found = [date(2026, 1, 6) in compiled(place).holidays for place in ("DE-BY", "DE-BE")]
    assert [True, False] == found


def test_dates_can_be_added_and_taken_away() -> None:
    """A company's own days."""
    dates = compiled({"country": "CZ", "also": ["2026-12-31"], "except": ["2026-11-17"]}).holidays
    assert date(2026, 12, 31) in dates
    assert date(2026, 11, 17) not in dates
    assert (date(2026, 12, 31),) == compiled(["2026-12-31"]).holidays


def test_clock_changes_are_instants_to_the_second() -> None:
    """Europe's are at 01:00 UTC."""
    of_2026 = [each for each in transitions("Europe/Prague") if each.at.year == 2026]
    assert [
        (datetime(2026, 3, 29, 1, tzinfo=UTC), 7200),
        (datetime(2026, 10, 25, 1, tzinfo=UTC), 3600),
    ] == [(each.at, each.offset_seconds) for each in of_2026]


@pytest.mark.parametrize(
    ("zone", "count"), [("UTC", 1), ("Asia/Kathmandu", 1), ("Australia/Lord_Howe", 1 + 2 * 31)]
)
def test_a_zone_has_its_first_offset_and_its_changes(zone: str, count: int) -> None:
    """None, or two each year."""
    assert count == len(transitions(zone))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "europe/prague"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    """Only names of the data, never a path."""
    with pytest.raises(ValueError, match="use an IANA name"):
        compiled(time_zone=zone)
