"""Who may command a ticket, how often, and what those learn who may not."""

import pytest

from schemas.directory_view import ResolvedUser
from tests.support.routing_builders import (
    a_command,
    a_policy,
    a_ticket_state,
    a_user,
    applied,
    commanded,
    users,
)
from workers.routing.apply_command import COMMANDS_REMEMBERED
from workers.routing.command_authority import NO_TICKET_OR_RIGHT


def test_an_actor_on_the_area_who_meets_all_requirements_may() -> None:
    """R6 R41: the result names the new revision, the ticket its cause."""
    ticket, state, decision = applied(a_command("status", "waiting"), a_ticket_state())
    assert (True, 2) == (decision.result.accepted, decision.result.revision)
    assert ("command", "cmd-1") == (ticket.cause.kind, ticket.cause.id)
    assert ("cmd-1",) == state.recent_commands


@pytest.mark.parametrize(
    "petr",
    [
        a_user("petr", areas={"key-helpdesk": ("reader",)}),
        a_user("petr", areas={"key-helpdesk": ("manager",)}),
        a_user("petr", address_books={}),
        a_user("petr", user_groups=()),
        a_user("other"),
    ],
)
def test_who_lacks_a_right_learns_no_more_than_of_a_ticket_that_does_not_exist(petr: ResolvedUser) -> None:
    """R5 R6: the same answer, and no revision in it."""
    directory = {petr.user_id: petr}
    refused = commanded(a_command("status", "waiting"), a_ticket_state(), directory=directory)
    missing = commanded(a_command("status", "waiting"), None)
    assert missing.result == refused.result
    assert (False, NO_TICKET_OR_RIGHT, None) == (
        refused.result.accepted,
        refused.result.reason,
        refused.result.revision,
    )
    assert (None, None, "refused") == (refused.ticket, refused.state, refused.receipt.outcome)


def test_the_receipt_tells_operators_which_right_was_missing() -> None:
    """R5: the receipt explains, the answer does not."""
    refused = commanded(
        a_command("status", "waiting"), a_ticket_state(), directory=users(a_user("petr", user_groups=()))
    )
    assert ["lacks user_groups:second-level"] == [step.because for step in refused.receipt.steps]


def test_the_same_command_again_is_accepted_and_applied_once() -> None:
    """R23: idempotent by its id."""
    _, state, _ = applied(a_command("status", "waiting"), a_ticket_state())
    again = commanded(a_command("status", "waiting"), state)
    assert (True, "applied already", 2) == (again.result.accepted, again.result.reason, again.result.revision)
    assert (None, None, "duplicate") == (again.ticket, again.state, again.receipt.outcome)


def test_the_expected_revision_must_be_the_ticket_s() -> None:
    """R23: nobody overwrites what they have not seen."""
    state = a_ticket_state()
    assert commanded(a_command("status", "waiting", expected_revision=1), state).result.accepted
    refused = commanded(a_command("status", "waiting", expected_revision=7), state)
    assert (False, "the ticket's revision is 1", 1) == (
        refused.result.accepted,
        refused.result.reason,
        refused.result.revision,
    )


def test_the_latest_commands_are_remembered() -> None:
    """R23: bounded."""
    state = a_ticket_state()
    for number in range(COMMANDS_REMEMBERED + 1):
        _, state, _ = applied(a_command("responded", command_id=f"c{number}"), state)
    assert COMMANDS_REMEMBERED == len(state.recent_commands)
    assert ("c1", f"c{COMMANDS_REMEMBERED}") == (state.recent_commands[0], state.recent_commands[-1])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("unheard-of", None),
        ("reroute", None),
        ("status", "done"),
        ("status", None),
        ("status", ["waiting"]),
        ("severity", 3),
        ("severity", "unmapped"),
        ("assign", None),
        ("assign", {}),
        ("assign", "nobody"),
        ("assign", {"user_group": "unknown"}),
        ("assign", {"boss": "eva"}),
        ("assign", {"handler": 1}),
        ("area", "nowhere"),
        ("area", {"area": "sales"}),
        ("private", "nobody"),
        ("private", {"to": "jana"}),
        ("private", True),
        ("sla", None),
        ("sla", {"contract": "premium"}),
        ("sla", {"contract": "premium", "level": "diamond"}),
        ("sla", {"contract": [], "level": {}}),
        ("clock", {"kind": "breached"}),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(kind: str, value: object) -> None:
    """R22 R23: an unmapped severity, an unknown user, a value of another shape."""
    refused = commanded(a_command(kind, value), a_ticket_state(), a_policy())
    assert not refused.result.accepted
    assert refused.result.reason
    assert (None, None, ()) == (refused.ticket, refused.state, refused.sla_events)


def test_only_our_own_clock_ticks_and_does_nothing_else() -> None:
    """R21: `stellwerk` is nobody's name."""
    tick = {"kind": "breached", "clock": "respond", "due_at": "2026-03-02T13:00:00Z"}
    assert not commanded(a_command("clock", tick), a_ticket_state()).result.accepted
    assert not commanded(a_command("status", "closed", actor="stellwerk"), a_ticket_state()).result.accepted
