"""What an SLA clock has to tell and when, and what a tick does to its ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.command import SlaEvent, TicketCommand
from schemas.ticket import TicketState
from tests.support.routing_builders import (
    MONDAY_NINE,
    a_command,
    a_policy,
    a_ticket_state,
    applied,
    commanded,
)
from workers.routing.commands.clock import as_taken
from workers.routing.sla_ticks import Tick, pending_ticks


def at(hours: float) -> datetime:
    """So many hours after the ticket was opened, Monday 9:00 UTC."""
    return MONDAY_NINE + timedelta(hours=hours)


def ticks(state: TicketState) -> tuple[Tick, ...]:
    return pending_ticks(state.ticket.sla, state.ticket.opened_at, state.clock, a_policy())


def a_tick(tick: Tick, taken_at: datetime, command_id: str = "tick") -> TicketCommand:
    value = {"kind": tick.kind, "clock": tick.clock, "due_at": tick.due_at.isoformat()}
    return a_command("clock", value, actor="stellwerk", at=taken_at, command_id=command_id)


RESPOND_WARNED = Tick("warned", "respond", at(4), at(3))
RESPOND_BREACHED = Tick("breached", "respond", at(4), at(4))
RESOLVE_AT = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


def test_a_new_ticket_has_a_warning_and_a_breach_of_each_clock_before_it() -> None:
    """Silver warns an hour of open time before: of Thursday 9:00, on Wednesday 16:00."""
    assert (
        RESPOND_WARNED,
        RESPOND_BREACHED,
        Tick("warned", "resolve", RESOLVE_AT, datetime(2026, 3, 4, 16, 0, tzinfo=UTC)),
        Tick("breached", "resolve", RESOLVE_AT, RESOLVE_AT),
    ) == ticks(a_ticket_state())


def test_a_paused_ticket_has_nothing_to_tell() -> None:
    """Its due times are not known before it goes on."""
    _, waiting, _ = applied(a_command("status", "waiting"), a_ticket_state())
    assert () == ticks(waiting)


def test_a_level_that_warns_of_nothing_only_breaches() -> None:
    """And a warning for it is refused."""
    _, gold, _ = applied(a_command("severity", "critical"), a_ticket_state())
    assert ["breached", "breached"] == [tick.kind for tick in ticks(gold)]
    refused = commanded(a_tick(Tick("warned", "respond", at(1), at(1)), at(1)), gold)
    assert "the level warns of nothing" == refused.result.reason


@pytest.mark.parametrize(
    ("tick", "taken_at", "reason"),
    [
        (RESPOND_WARNED, at(3) - timedelta(milliseconds=1), "not due yet"),
        (RESPOND_WARNED, at(3), None),
        (RESPOND_BREACHED, at(4) - timedelta(milliseconds=1), "not due yet"),
        (RESPOND_BREACHED, at(4), None),
    ],
)
def test_a_tick_is_never_early_by_the_time_at_which_it_was_taken(
    tick: Tick, taken_at: datetime, reason: str | None
) -> None:
    """To the millisecond."""
    decided = commanded(a_tick(tick, taken_at), a_ticket_state())
    assert (reason is None) is decided.result.accepted
    assert reason in (None, decided.result.reason)


def test_what_a_tick_claims_about_the_time_counts_for_nothing() -> None:
    """A forged one is as old as the broker says; other commands keep their own time."""
    forged = a_tick(RESPOND_BREACHED, at(100))
    assert at(1) == as_taken(forged, at(1)).at
    assert "not due yet" == commanded(as_taken(forged, at(1)), a_ticket_state()).result.reason
    severity = a_command("severity", "critical")
    assert severity == as_taken(severity, at(100))


@pytest.mark.parametrize(("seconds", "late"), [(0, False), (2, False), (2.001, True), (7200, True)])
def test_a_tick_that_comes_more_than_two_seconds_after_its_time_is_late(seconds: float, late: bool) -> None:
    """After downtime: once, and marked."""
    taken_at = RESPOND_BREACHED.at + timedelta(seconds=seconds)
    [event] = commanded(a_tick(RESPOND_BREACHED, taken_at), a_ticket_state()).sla_events
    assert (late, taken_at, at(4)) == (event.late, event.at, event.due_at)


def test_a_due_time_that_comes_back_is_not_told_of_again() -> None:
    """Silver breached, gold, silver again: each event once per ticket, clock and due time."""
    _, state, _ = applied(a_tick(RESPOND_BREACHED, at(4)), a_ticket_state())
    _, gold, _ = applied(a_command("severity", "critical", command_id="c-1", at=at(5)), state)
    assert "respond" in [tick.clock for tick in ticks(gold)]
    _, silver, _ = applied(a_command("severity", "normal", command_id="c-2", at=at(5)), gold)
    assert ["resolve", "resolve"] == [tick.clock for tick in ticks(silver)]
    again = commanded(a_tick(RESPOND_BREACHED, at(6), "other"), silver)
    assert "told already" == again.result.reason


def test_solving_again_after_reopening_is_met_once() -> None:
    """The due time is the same: its `met` is out."""
    state, told = a_ticket_state(), []
    for number, status in enumerate(("solved", "open", "solved")):
        _, state, decision = applied(a_command("status", status, command_id=f"c-{number}"), state)
        told += [event.kind for event in decision.sla_events]
    assert ["met", "resumed"] == told


COMMANDS = st.sampled_from(
    [
        ("severity", "critical"),
        ("severity", "normal"),
        ("status", "waiting"),
        ("status", "open"),
        ("status", "solved"),
        ("status", "closed"),
        ("responded", None),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(COMMANDS, st.integers(1, 40 * 60)), max_size=12), st.integers(0, 3))
def test_each_event_is_told_at_most_once_and_never_early(
    story: Sequence[tuple[tuple[str, str | None], int]], repeats: int
) -> None:
    """Whatever people do, with a clock that ticks (each tick several times) whenever something is due."""
    state, now, told, ids = a_ticket_state(), MONDAY_NINE, list[SlaEvent](), count()
    for (kind, value), minutes in story:
        now += timedelta(minutes=minutes)
        for tick in ticks(state):
            for _ in range(repeats + 1):
                decided = commanded(a_tick(tick, now, f"t-{next(ids)}"), state)
                told += decided.sla_events
                state = decided.state or state
        decided = commanded(a_command(kind, value, at=now, command_id=f"c-{next(ids)}"), state)
        told += decided.sla_events
        state = decided.state or state
    per_due = [(e.kind, e.clock, e.due_at) for e in told if e.clock is not None]
    assert len(set(per_due)) == len(per_due)
    assert [] == [e for e in told if e.kind == "breached" and e.due_at and e.at < e.due_at]
    assert not [tick for tick in ticks(state) if (tick.kind, tick.clock, tick.due_at) in per_due]
