"""How `stellwerk sla` reads and writes spans of time."""

from datetime import timedelta

import pytest

from tests.support.routing_builders import MONDAY_NINE, a_ticket_state
from workers.entrypoints.cli_sla import parse_within
from workers.entrypoints.sla_pages import due_as_json, iso_duration, plain
from workers.errors import InvalidInput
from workers.processors.sla_queries import Due

HOUR = timedelta(hours=1)


def test_what_is_due_as_json_says_whether_it_is_overdue() -> None:
    """By the wall clock."""
    ticket = a_ticket_state().ticket
    due = Due(MONDAY_NINE + 4 * HOUR, ticket.ticket_id, "respond", ticket)
    early, late = due_as_json(due, MONDAY_NINE + 3.5 * HOUR), due_as_json(due, MONDAY_NINE + 5 * HOUR)
    assert ("2026-03-02T13:00:00Z", False, "PT30M") == (early["due_at"], early["overdue"], early["left"])
    assert (True, "PT0S") == (late["overdue"], late["left"])


@pytest.mark.parametrize(
    ("span", "iso", "words"),
    [
        (timedelta(0), "PT0S", "0 s"),
        (timedelta(seconds=59.9), "PT59S", "59 s"),
        (timedelta(hours=4, minutes=30), "PT4H30M", "4 h 30 min"),
        (timedelta(days=2, seconds=61), "PT48H1M1S", "48 h 1 min"),
    ],
)
def test_durations_are_written_in_hours(span: timedelta, iso: str, words: str) -> None:
    """Days would be of 24 hours here and of open hours elsewhere."""
    assert (iso, words) == (iso_duration(span), plain(span))


@pytest.mark.parametrize(("text", "span"), [("30m", 0.5 * HOUR), ("4h", 4 * HOUR), ("2d", 48 * HOUR)])
def test_within_is_minutes_hours_or_days(text: str, span: timedelta) -> None:
    """As people write it."""
    assert span == parse_within(text)


@pytest.mark.parametrize("text", ["", "4", "h", "4 h", "-4h", "PT4H", "1.5h", "9999999d"])
def test_any_other_within_is_a_wrong_use(text: str) -> None:
    """Exit 2."""
    with pytest.raises(InvalidInput):
        parse_within(text)
