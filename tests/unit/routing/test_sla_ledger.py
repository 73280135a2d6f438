"""Where an SLA's time went: what counted, what did not, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ticket import SlaClock, TicketState
from tests.support.calendars import a_calendar
from tests.support.routing_builders import MONDAY_NINE, a_command, a_mail, a_policy, a_ticket_state, applied
from workers.routing.business_time import open_time_between
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.sla_ledger import ClockLedger, Stretch, sla_ledger, stretches

HOUR = timedelta(hours=1)
HOLIDAY = datetime(2026, 3, 6, tzinfo=UTC)
CALENDAR = a_policy().calendars["office"]


def at(day: int, hour: int) -> datetime:
    """In March 2026, whose 2nd is a Monday; open from 9 to 17 UTC."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def ledger(
    state: TicketState, until: datetime, policy: CompiledPolicy | None = None
) -> tuple[ClockLedger, ...]:
    return sla_ledger(state, policy or a_policy(), until)


def words(clock: ClockLedger) -> list[tuple[timedelta, bool, str]]:
    return [(each.end - each.start, each.counted, each.why) for each in clock.stretches]


def test_open_hours_count_and_the_night_does_not() -> None:
    """Monday 9:00 to Tuesday 10:00."""
    respond, resolve = ledger(a_ticket_state(), at(3, 10))
    expected = [(8 * HOUR, True, "open"), (16 * HOUR, False, "closed"), (HOUR, True, "open")]
    assert expected == words(respond) == words(resolve)
    assert (9 * HOUR, timedelta(0), at(2, 13)) == (respond.counted, respond.left, respond.due_at)
    assert (at(5, 9), 15 * HOUR) == (resolve.due_at, resolve.left)


def test_a_holiday_is_named() -> None:
    """Thursday 16:00 to Monday 10:00: one closed stretch over a holiday and a weekend."""
    state = a_ticket_state(a_mail(received_at=at(5, 16)))
    respond, _ = ledger(state, at(9, 10))
    assert [(HOUR, True), (88 * HOUR, False), (HOUR, True)] == [each[:2] for each in words(respond)]
    assert "closed, holiday 2026-03-06" == respond.stretches[1].why


def test_waiting_for_the_customer_does_not_count_whether_open_or_not() -> None:
    """From Monday 16:00 to Tuesday 10:00; a pause that lasts goes to the end."""
    _, waiting, _ = applied(a_command("status", "waiting", at=at(2, 16)), a_ticket_state())
    respond, _ = ledger(waiting, at(3, 10))
    assert [(7 * HOUR, True, "open"), (18 * HOUR, False, "waiting for the customer")] == words(respond)
    _, again, _ = applied(a_command("status", "open", at=at(3, 10), command_id="c-2"), waiting)
    respond, resolve = ledger(again, at(3, 12))
    assert (9 * HOUR, at(5, 11)) == (respond.counted, resolve.due_at)


def test_around_the_clock_is_one_stretch() -> None:
    """Midnight is no border."""
    always = a_calendar({"mon-sun": ["00:00-24:00"]})
    found = stretches(at(2, 9), at(5, 10), SlaClock(), always)
    assert [Stretch(at(2, 9), at(5, 10), True, "open")] == list(found)


def test_a_clock_that_stopped_ends_its_ledger() -> None:
    """The answer stops the first; the second goes on; closing ends both."""
    _, answered, _ = applied(a_command("responded", at=at(2, 11)), a_ticket_state())
    respond, resolve = ledger(answered, at(2, 15))
    assert (at(2, 11), 2 * HOUR, timedelta(0)) == (respond.stopped_at, respond.counted, respond.left)
    assert (None, 6 * HOUR) == (resolve.stopped_at, resolve.counted)
    _, closed, _ = applied(a_command("status", "closed", at=at(2, 16), command_id="c-2"), answered)
    assert [at(2, 11), at(2, 16)] == [clock.stopped_at for clock in ledger(closed, at(9, 9))]


def test_it_says_what_was_told() -> None:
    """Warned and breached."""
    state = a_ticket_state()
    clock = state.clock.model_copy(update={"warned": ("respond",), "breached": ("resolve",)})
    found = ledger(state.model_copy(update={"clock": clock}), at(2, 15))
    assert [(True, False), (False, True)] == [(each.warned, each.breached) for each in found]


def test_a_contract_that_left_the_policy_promises_nothing() -> None:
    """Nor does a clock that the level has not."""
    assert () == ledger(a_ticket_state(), at(3, 9), a_policy(sla={}, groups={}))


TIMES = st.integers(0, 14 * 24 * 60).map(lambda minutes: MONDAY_NINE + timedelta(minutes=minutes))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TIMES, TIMES), max_size=5), TIMES, TIMES, st.none() | TIMES)
def test_stretches_leave_no_gap_and_count_what_is_open_and_not_paused(
    pauses: list[tuple[datetime, datetime]], start: datetime, end: datetime, since: datetime | None
) -> None:
    """Against a model of single minutes, for any pauses, also such as overlap or end before they begin."""
    clock = SlaClock(pauses=tuple(pauses), paused_since=since)
    found = list(stretches(start, end, clock, CALENDAR))
    if start < end:
        assert (start, end) == (found[0].start, found[-1].end)
    assert all(a.end == b.start and a.why != b.why for a, b in pairwise(found))
    spans = [*pauses, *([(since, end)] if since else [])]
    minute = timedelta(minutes=1)
    for stretch in found:
        assert _is_right(stretch, spans, minute)


def _is_right(stretch: Stretch, spans: list[tuple[datetime, datetime]], minute: timedelta) -> bool:
    assert stretch.start < stretch.end
    moment = stretch.start
    while moment < stretch.end:
        paused = any(a <= moment < b for a, b in spans)
        is_open = open_time_between(moment, moment + minute, CALENDAR) == minute
        assert stretch.counted is (is_open and not paused), (stretch, moment)
        assert (stretch.why == "waiting for the customer") is paused
        moment += 97 * minute
    return True


@settings(max_examples=60, deadline=None)
@given(TIMES, st.lists(st.tuples(TIMES, st.integers(1, 2_000)), max_size=3))
def test_what_counted_until_the_due_time_is_what_was_promised(
    opened_at: datetime, pauses: list[tuple[datetime, int]]
) -> None:
    """Four hours of open time, however often it waited meanwhile."""
    state, now = a_ticket_state(a_mail(received_at=opened_at)), opened_at
    for number, (begins, minutes) in enumerate(sorted(pauses)):
        now = max(now, begins)
        _, state, _ = applied(a_command("status", "waiting", at=now, command_id=f"w-{number}"), state)
        now += timedelta(minutes=minutes)
        _, state, _ = applied(a_command("status", "open", at=now, command_id=f"o-{number}"), state)
    due_at = ledger(state, now)[0].due_at
    assert 4 * HOUR == ledger(state, due_at)[0].counted


@pytest.mark.parametrize("until", [at(2, 9), at(1, 0)])
def test_nothing_counted_before_it_was_opened(until: datetime) -> None:
    """Also where somebody's clock is behind."""
    respond, _ = ledger(a_ticket_state(), until)
    assert ((), timedelta(0), 4 * HOUR) == (respond.stretches, respond.counted, respond.left)
