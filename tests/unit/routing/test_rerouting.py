"""Operators route again what was routed wrongly."""

from typing import Any

import pytest

from schemas.command import TicketCommand
from schemas.ticket import TicketState
from tests.support.builders import MAILBOX
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


DELIVERY = MAIL.delivery_id
OWNED = {MAILBOX: {"process": "helpdesk", "owner": "eva"}}


def narrowing(**value: Any) -> TicketCommand:
    return a_command("reroute", {"policy_version": a_policy().version, **value}, command_id="narrow")


def test_a_message_that_would_be_private_today_becomes_it_and_those_to_come_too() -> None:
    """R42 R44: the mailbox is eva's by now; nothing else of the ticket changes by it."""
    state, live = a_ticket_state(MAIL), a_policy(mailboxes=OWNED)
    value = reroute_value(state, a_ticket_state(MAIL, policy=live), live) or {}
    assert (True, "eva", [DELIVERY]) == (value["later_private"], value["private_to"], value["private"])

    _, after, decision = applied(a_command("reroute", value), state, live)

    assert ("eva", ["eva"]) == (after.private_to, [tag.private_to for tag in after.messages])
    assert [(DELIVERY, 2, "eva")] == [
        (tag.delivery_id, tag.tag_revision, tag.private_to) for tag in decision.tags
    ]
    looked = {(each.candidate, each.why) for each in decision.receipt.steps[-1].looked_at}
    assert (f"delivery:{DELIVERY}", "private to user:eva, tag revision 2") in looked


def test_a_private_message_stays_its_recipients() -> None:
    """R42: whatever the command says."""
    _, private, _ = applied(a_command("private", "jana"), a_ticket_state(MAIL))
    command = narrowing(private=[DELIVERY], private_to="?", later_private=True)
    _, after, decision = applied(command, private)
    assert ("jana", ["jana"], ()) == (
        after.private_to,
        [tag.private_to for tag in after.messages],
        decision.tags,
    )


def test_what_a_message_requires_already_gives_it_no_new_tag() -> None:
    """Only changes are published."""
    command = narrowing(messages={DELIVERY: {"address_books": ["customers"]}})
    _, after, decision = applied(command, a_ticket_state(MAIL))
    assert ((), [1]) == (decision.tags, [tag.tag_revision for tag in after.messages])


def test_a_message_that_the_ticket_forgot_is_told_of() -> None:
    """It keeps its last tag."""
    command = narrowing(messages={"f" * 32: {"address_books": ["board"]}})
    _, _, decision = applied(command, a_ticket_state(MAIL))
    looked = [(each.candidate, each.verdict) for each in decision.receipt.steps[-1].looked_at]
    assert (f"delivery:{'f' * 32}", "missed") in looked


@pytest.mark.parametrize(
    "value",
    [
        {"private": [DELIVERY], "private_to": "mallory"},
        {"requires": {"areas": ["nowhere"]}},
        {"requires": {"user_groups": ["nobody"]}},
        {"messages": {DELIVERY: {"user_groups": ["nobody"]}}},
        {"messages": {"x" * 65: {}}},
        {"requires": {"address_books": [f"b{number}" for number in range(101)]}},
    ],
)
def test_nobody_hides_a_ticket_behind_what_does_not_exist(value: dict[str, Any]) -> None:
    """P4: a recipient, area or group that the policy does not name is refused."""
    assert not commanded(narrowing(**value), a_ticket_state(MAIL)).result.accepted
