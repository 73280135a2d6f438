"""Operators route again what was routed wrongly."""

from typing import Any

import pytest

from schemas.ticket import TicketState
from tests.support.routing_builders import (
    a_command,
    a_mail,
    a_policy,
    a_ticket_state,
    applied,
    commanded,
    in_group,
)
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.rerouting import reroute_value

MAIL = a_mail(groups=(in_group("key-accounts"),))


def corrected() -> CompiledPolicy:
    """The policy as it should have been: key accounts belong to Eva, in sales, with the gold level."""
    row = {"handler": "eva", "user_group": "support", "area": "sales"}
    terms = {"contract": "premium", "default_level": "gold"}
    return a_policy(groups={"key-accounts": {"sla": terms, "processes": {"helpdesk": row}}})


def wanted(state: TicketState) -> dict[str, Any] | None:
    """The value of a ticket whose only mail was `MAIL`."""
    return reroute_value(state, a_ticket_state(MAIL, policy=corrected()), corrected())


def rerouted(state: TicketState, **fields: Any) -> Any:
    return a_command("reroute", wanted(state), **fields)


def test_a_ticket_that_is_right_needs_no_command() -> None:
    """R11: only differences are published."""
    state = a_ticket_state(MAIL)
    assert reroute_value(state, a_ticket_state(MAIL), a_policy()) is None


def test_a_rerouted_ticket_has_what_the_policy_gives_now() -> None:
    """R10 R15 R20: with the sources of a new ticket."""
    state = a_ticket_state(MAIL)
    ticket, _, decision = applied(rerouted(state), state, corrected())
    assert ("eva", "support", "sales") == (ticket.handler, ticket.user_group, ticket.area)
    assert ticket.sla is not None
    assert ("gold", ("level-changed",)) == (ticket.sla.level, tuple(e.kind for e in decision.sla_events))
    assert {"group:key-accounts"} == {
        ticket.sources[name] for name in ("handler", "user_group", "area", "sla")
    }
    assert ("reroute", ()) == (ticket.cause.kind, ticket.price_lists)
    assert "price_lists" not in ticket.sources


def test_rerouting_only_adds_to_what_the_ticket_requires() -> None:
    """R14 R41 R43: P4, nobody sees more than before."""
    state = a_ticket_state(MAIL)
    ticket, _, _ = applied(rerouted(state), state, corrected())
    assert ("key-helpdesk", "sales") == ticket.requires.areas
    assert ("second-level", "support") == ticket.requires.user_groups


def test_what_a_person_set_stays() -> None:
    """R23: also where it was set after the value was made."""
    before = a_ticket_state(MAIL)
    command = rerouted(before, command_id="again")
    _, assigned, _ = applied(a_command("assign", "jana"), before)
    ticket, _, _ = applied(command, assigned, corrected())
    assert ("jana", "second-level", "sales") == (ticket.handler, ticket.user_group, ticket.area)
    assert "handler" not in (wanted(assigned) or {})


@pytest.mark.parametrize(
    "change",
    [
        {"policy_version": "another"},
        {"area": "nowhere"},
        {"handler": "mallory"},
        {"process": "unknown"},
        {"sources": {}},
        {"sources": {"area": "command:x"}},
        {"flags": []},
        {"sla": {"contract": "premium", "level": "diamond"}},
    ],
)
def test_a_value_that_the_policy_does_not_bear_out_is_refused(change: dict[str, Any]) -> None:
    """R11: what is assigned is what the live policy names."""
    state = a_ticket_state(MAIL)
    value = wanted(state)
    refused = commanded(a_command("reroute", {**(value or {}), **change}), state, corrected())
    assert not refused.result.accepted
    assert refused.result.reason
