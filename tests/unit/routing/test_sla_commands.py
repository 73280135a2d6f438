"""Severity, level, status and answers: how they move due times."""

from datetime import UTC, datetime, timedelta

from schemas.ticket import Sla, TicketState
from tests.support.other_policies import with_level
from tests.support.routing_builders import (
    MONDAY_NINE,
    a_command,
    a_mail,
    a_ticket_state,
    applied,
    commanded,
    decided,
    in_group,
)
from workers.routing.compiled_policy import compile_policy


def at(hours: float) -> datetime:
    """So many hours after the ticket was opened, Monday 9:00 UTC."""
    return MONDAY_NINE + timedelta(hours=hours)


def sla_of(state: TicketState) -> Sla:
    assert state.ticket.sla is not None
    return state.ticket.sla


def test_the_evaluated_severity_sets_its_level_counted_from_the_start() -> None:
    """R22 R23: critical is gold; due from opened_at, not from now."""
    ticket, state, decision = applied(a_command("severity", "critical", at=at(5)), a_ticket_state())
    sla = sla_of(state)
    assert ("gold", "critical", "key-accounts") == (sla.level, sla.severity, sla.group_id)
    assert (at(1), at(8)) == (sla.respond_due_at, sla.resolve_due_at)
    assert "command:cmd-1" == ticket.sources["sla"]
    assert [("level-changed", "gold")] == [(event.kind, event.level) for event in decision.sla_events]


def test_severity_may_be_reduced_again() -> None:
    """R23: per ticket, both ways; the group is untouched."""
    _, state, _ = applied(a_command("severity", "critical"), a_ticket_state())
    _, state, _ = applied(a_command("severity", "normal", command_id="cmd-2"), state)
    assert ("silver", "normal", at(4)) == (
        sla_of(state).level,
        sla_of(state).severity,
        sla_of(state).respond_due_at,
    )


def test_contract_and_level_may_be_set_by_name() -> None:
    """R23: also where the ticket had none."""
    bare = a_ticket_state(a_mail(groups=(in_group("partners"),)))
    gold = a_command("sla", {"contract": "premium", "level": "gold"})
    _, state, decision = applied(gold, bare)
    assert ("premium", "gold", None) == (sla_of(state).contract, sla_of(state).level, sla_of(state).group_id)
    assert ["assigned"] == [event.kind for event in decision.sla_events]
    assert not commanded(a_command("severity", "normal"), bare).result.accepted


def test_waiting_pauses_both_clocks_and_going_on_moves_them() -> None:
    """R21: due times null meanwhile; an hour of waiting is an hour more."""
    _, waiting, paused = applied(a_command("status", "waiting", at=at(1)), a_ticket_state())
    assert (None, None, True) == (
        sla_of(waiting).respond_due_at,
        sla_of(waiting).resolve_due_at,
        sla_of(waiting).paused,
    )
    _, again, resumed = applied(a_command("status", "open", at=at(2), command_id="cmd-2"), waiting)
    assert (at(5), False) == (sla_of(again).respond_due_at, sla_of(again).paused)
    assert ["paused", "resumed"] == [event.kind for d in (paused, resumed) for event in d.sla_events]


def test_waiting_over_night_costs_only_open_time() -> None:
    """R21: from 16:00 to 10:00 next day are two open hours."""
    _, state, _ = applied(a_command("status", "waiting", at=at(7)), a_ticket_state())
    next_day = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    _, state, _ = applied(a_command("status", "open", at=next_day, command_id="cmd-2"), state)
    assert datetime(2026, 3, 5, 11, 0, tzinfo=UTC) == sla_of(state).resolve_due_at


def test_a_level_set_while_waiting_is_due_only_when_it_goes_on() -> None:
    """R22 R23: a change does not end the pause."""
    _, state, _ = applied(a_command("status", "waiting", at=at(1)), a_ticket_state())
    _, state, _ = applied(a_command("severity", "critical", at=at(2), command_id="cmd-2"), state)
    assert (None, True) == (sla_of(state).resolve_due_at, sla_of(state).paused)
    _, state, _ = applied(a_command("status", "open", at=at(3), command_id="cmd-3"), state)
    assert datetime(2026, 3, 3, 11, 0, tzinfo=UTC) == sla_of(state).resolve_due_at


def test_an_answer_stops_the_first_clock_once() -> None:
    """R21: in time; the second answer changes nothing."""
    _, state, decision = applied(a_command("responded", at=at(3)), a_ticket_state())
    assert sla_of(state).respond_due_at is None
    assert sla_of(state).resolve_due_at is not None
    assert [("responded", "respond", at(4), False)] == [
        (event.kind, event.clock, event.due_at, event.late) for event in decision.sla_events
    ]
    ticket, _, again = applied(a_command("responded", at=at(6), command_id="cmd-2"), state)
    assert ((), (), "already responded") == (ticket.changed, again.sla_events, again.result.reason)


def test_a_late_answer_tells_the_breach_if_nobody_did() -> None:
    """R21: exactly once."""
    _, state, decision = applied(a_command("responded", at=at(5)), a_ticket_state())
    assert [("breached", True), ("responded", True)] == [(e.kind, e.late) for e in decision.sla_events]
    assert ("respond",) == state.clock.breached


def test_solving_stops_the_second_clock() -> None:
    """R21: met in time; the first still runs."""
    _, state, decision = applied(a_command("status", "solved", at=at(3)), a_ticket_state())
    assert (at(4), None) == (sla_of(state).respond_due_at, sla_of(state).resolve_due_at)
    assert [("met", "resolve")] == [(event.kind, event.clock) for event in decision.sla_events]


def test_solving_too_late_is_a_breach() -> None:
    """R21: told once."""
    late = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
    _, _, decision = applied(a_command("status", "solved", at=late), a_ticket_state())
    assert [("breached", "resolve", True)] == [(e.kind, e.clock, e.late) for e in decision.sla_events]


def test_a_reopened_ticket_is_due_as_before() -> None:
    """R21: always counted from opened_at."""
    _, solved, _ = applied(a_command("status", "solved", at=at(3)), a_ticket_state())
    reopened = decided(a_mail(2, received_at=at(4)), solved)
    assert reopened.state is not None
    assert sla_of(a_ticket_state()).resolve_due_at == sla_of(reopened.state).resolve_due_at


def test_a_closed_ticket_is_due_no_more() -> None:
    """R21: and remembers when it was closed."""
    _, state, _ = applied(a_command("status", "closed", at=at(3)), a_ticket_state())
    assert (None, None, at(3)) == (
        sla_of(state).respond_due_at,
        sla_of(state).resolve_due_at,
        state.closed_at,
    )


def test_a_tick_warns_and_breaches_once_per_due_time() -> None:
    """R21: also where our clock ticks twice."""
    state = a_ticket_state()
    for kind, hours, number in (("warned", 3.0, 1), ("breached", 4.0, 2)):
        tick = a_command(
            "clock",
            {"kind": kind, "clock": "respond", "due_at": at(4).isoformat()},
            actor="stellwerk",
            at=at(hours),
            command_id=f"tick-{number}",
        )
        ticket, state, decision = applied(tick, state)
        assert [kind] == [event.kind for event in decision.sla_events]
        assert "clock" == ticket.cause.kind
        again = commanded(tick.model_copy(update={"command_id": "other"}), state)
        assert (False, "told already") == (again.result.accepted, again.result.reason)


def test_a_tick_for_a_due_time_that_no_longer_holds_is_refused() -> None:
    """R23: the level changed meanwhile."""
    _, state, _ = applied(a_command("severity", "critical"), a_ticket_state())
    tick = {"kind": "breached", "clock": "respond", "due_at": at(4).isoformat()}
    refused = commanded(a_command("clock", tick, actor="stellwerk", at=at(4), command_id="tick"), state)
    assert (False, "nothing is due then") == (refused.result.accepted, refused.result.reason)


def test_another_due_time_is_warned_of_anew_and_the_same_one_is_not() -> None:
    """R21: a pause without open time leaves the due time as it was."""
    tick = {"kind": "breached", "clock": "respond", "due_at": at(4).isoformat()}
    _, state, _ = applied(
        a_command("clock", tick, actor="stellwerk", at=at(4), command_id="tick"), a_ticket_state()
    )
    _, state, _ = applied(a_command("status", "waiting", at=at(9)), state)
    _, state, _ = applied(a_command("status", "open", at=at(10), command_id="cmd-2"), state)
    assert ("respond",) == state.clock.breached
    _, state, _ = applied(a_command("severity", "critical", at=at(10), command_id="cmd-3"), state)
    assert () == state.clock.breached


def test_an_answer_is_held_to_the_due_time_that_was_given() -> None:
    """R23: another policy promises two hours by now; the ticket was promised four, and its other clock stays."""
    state = a_ticket_state()
    quicker = compile_policy(with_level(respond_within="PT2H", resolve_within="P1D"), "other")
    _, answered, decision = applied(a_command("responded", at=at(3)), state, quicker)
    assert [("responded", at(4), False)] == [(e.kind, e.due_at, e.late) for e in decision.sla_events]
    assert sla_of(state).resolve_due_at == sla_of(answered).resolve_due_at
    _, _, solved = applied(a_command("status", "solved", at=at(26), command_id="c-2"), answered, quicker)
    assert ["met"] == [event.kind for event in solved.sla_events]


def test_a_change_of_status_moves_no_promise_that_runs() -> None:
    """R23: solved and opened again under another policy, the first clock is due as it was; the second is anew."""
    quicker = compile_policy(with_level(respond_within="PT2H", resolve_within="P1D"), "other")
    _, solved, _ = applied(a_command("status", "solved", at=at(1)), a_ticket_state(), quicker)
    assert (at(4), None) == (sla_of(solved).respond_due_at, sla_of(solved).resolve_due_at)
    again = decided(a_mail(2, received_at=at(1)), solved, quicker).state
    assert again is not None
    assert (at(4), at(24)) == (sla_of(again).respond_due_at, sla_of(again).resolve_due_at)
    _, waiting, _ = applied(a_command("status", "waiting", at=at(1)), a_ticket_state(), quicker)
    _, on, _ = applied(a_command("status", "open", at=at(2), command_id="c-2"), waiting, quicker)
    assert at(3) == sla_of(on).respond_due_at


def test_the_same_level_with_other_due_times_is_a_changed_level() -> None:
    """R23: severity is evaluated after the contract promises something else."""
    quicker = compile_policy(with_level(respond_within="PT2H"), "other")
    _, state, decision = applied(a_command("severity", "normal"), a_ticket_state(), quicker)
    assert ["level-changed"] == [event.kind for event in decision.sla_events]
    _, _, again = applied(a_command("severity", "normal", command_id="c-2"), state, quicker)
    assert () == again.sla_events


def test_resolved_and_reopened_are_what_solving_and_opening_are() -> None:
    """R21: in the words of downstream systems, without a value."""
    _, resolved, met = applied(a_command("resolved", at=at(3)), a_ticket_state())
    assert ("solved", None, ["met"]) == (
        resolved.ticket.status,
        sla_of(resolved).resolve_due_at,
        [event.kind for event in met.sla_events],
    )
    _, again, resumed = applied(a_command("reopened", at=at(4), command_id="c-2"), resolved)
    assert ("open", sla_of(a_ticket_state()).resolve_due_at) == (
        again.ticket.status,
        sla_of(again).resolve_due_at,
    )
    assert ["resumed"] == [event.kind for event in resumed.sla_events]
    for kind, word in (("reopened", "already open"), ("resolved", "applied")):
        assert word == commanded(a_command(kind, command_id="c-3"), again).result.reason


def test_a_closed_ticket_is_not_resolved_any_more_and_is_reopened() -> None:
    """Closing was the last word on it; reopening is another one."""
    _, closed, _ = applied(a_command("status", "closed", at=at(3)), a_ticket_state())
    kept, _, decision = applied(a_command("resolved", at=at(4), command_id="c-2"), closed)
    assert ("closed", "already closed", ()) == (kept.status, decision.result.reason, decision.sla_events)
    _, again, _ = applied(a_command("reopened", at=at(5), command_id="c-3"), closed)
    assert ("open", None) == (again.ticket.status, again.closed_at)
