"""Two outcomes are the same where the models say so, but for what other revisions leave behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.ticket import RoutedTicket, TicketState
from tests.support.routing_builders import a_mail, a_ticket_state
from workers.routing.ticket_differences import differ

PASSING = {"recent_commands"}
PASSING_OF_TICKET = {"policy_version", "changed", "revision", "reply", "cause"}


def another(value: Any) -> Any:
    """A valid value would not be another case: what is compared are values."""
    return (value, "other")


def test_an_outcome_read_anew_is_the_same() -> None:
    """Nothing of it is the same object."""
    state = a_ticket_state(a_mail(1))
    assert not differ(state, TicketState.read(state.write()))


@pytest.mark.parametrize("name", sorted(set(TicketState.model_fields) - {"ticket"}))
def test_each_field_of_a_state_counts_but_those_that_pass(name: str) -> None:
    """What was commanded lately is no part of what became of it."""
    state = a_ticket_state(a_mail(1))
    changed = state.model_copy(update={name: another(getattr(state, name))})
    assert (name not in PASSING) == differ(state, changed)


@pytest.mark.parametrize("name", sorted(RoutedTicket.model_fields))
def test_each_field_of_a_ticket_counts_but_those_that_pass(name: str) -> None:
    """The policy's name, and what counts revisions."""
    state = a_ticket_state(a_mail(1))
    ticket = state.ticket.model_copy(update={name: another(getattr(state.ticket, name))})
    assert (name not in PASSING_OF_TICKET) == differ(state, state.model_copy(update={"ticket": ticket}))


def test_what_lies_deeper_counts() -> None:
    """A due time, a message's requirement, a message more."""
    state = a_ticket_state(a_mail(1))
    [message] = state.messages
    clock = state.clock.model_copy(update={"paused_since": state.ticket.opened_at})
    later = message.model_copy(update={"content_until": message.content_until + timedelta(seconds=1)})
    assert differ(state, state.model_copy(update={"clock": clock}))
    assert differ(state, state.model_copy(update={"messages": (later,)}))
    assert differ(state, state.model_copy(update={"messages": (message, message)}))


def test_no_ticket_differs_from_a_ticket_alone() -> None:
    """Suppressed under both is the same."""
    state = a_ticket_state(a_mail(1))
    assert differ(None, state)
    assert differ(state, None)
    assert not differ(None, None)
