"""A ticket that is removed long after its closing, and what comes for it later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.command import TicketCommand
from schemas.mail import EnrichedMail
from schemas.policy import Closed
from schemas.ticket import RetiredTicket, TicketState
from tests.support.builders import MAILBOX, TICKET_ID, a_sender
from tests.support.routing_builders import (
    MONDAY_NINE,
    SIGNER,
    a_command,
    a_mail,
    a_policy,
    a_ticket_state,
    applied,
    commanded,
    decide,
    decided,
    users,
)
from workers.routing.apply_command import DecidedCommand
from workers.routing.command_authority import NO_TICKET_OR_RIGHT
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decide import Decided, Forward, decide_mail
from workers.routing.rights import Rights

KEPT = timedelta(days=400)
CLOSED_AT = MONDAY_NINE + timedelta(days=1)
MUCH_LATER = CLOSED_AT + KEPT
STRANGER = a_sender(contact_id="c-other", company_id="c-other", address="eve@other.test")


def keeping(**closed: str) -> CompiledPolicy:
    helpdesk = {"default_area": "helpdesk", "sla": True, "closed": {"reopen_within": "P14D", **closed}}
    processes = {"helpdesk": helpdesk, "ordering": {"default_area": "sales", "follow_up": "keep"}}
    return a_policy(processes=processes)


POLICY = keeping(retire_after="P400D")


def a_closed_ticket(**fields: Any) -> TicketState:
    """By a command, so that all is as it is then."""
    _, state, _ = applied(a_command("status", "closed", at=CLOSED_AT), a_ticket_state())
    return state.model_copy(update=fields)


def an_order(at: datetime = MUCH_LATER, **fields: Any) -> TicketCommand:
    return a_command("retire", at=at, **({"actor": "stellwerk", "command_id": "retire-1"} | fields))


def retired(state: TicketState | None = None) -> RetiredTicket:
    gone = commanded(an_order(), state or a_closed_ticket(), POLICY).retired
    assert gone is not None
    return gone


def late(mail: EnrichedMail, gone: RetiredTicket) -> Forward | Decided:
    """The decision on a mail of a ticket of which only that is left."""
    return decide_mail(mail, None, POLICY, Rights(users()), SIGNER, gone)


def refused_because(decision: DecidedCommand) -> str:
    assert (False, None) == (decision.result.accepted, decision.retired)
    return decision.result.reason


def test_a_ticket_that_was_closed_long_ago_goes_without_a_new_revision() -> None:
    """Downstream keeps its last one; the receipt says that it went."""
    state = a_closed_ticket()
    decision = commanded(an_order(), state, POLICY)
    assert (None, None, (), ()) == (decision.ticket, decision.state, decision.tags, decision.sla_events)
    result, receipt = decision.result, decision.receipt
    assert (True, "retired", state.ticket.revision) == (result.accepted, result.reason, result.revision)
    assert ("applied", "retired", state) == (receipt.outcome, receipt.reason, receipt.state_before)


@pytest.mark.parametrize(
    ("state", "policy", "reason"),
    [
        (a_ticket_state(), POLICY, "the ticket is not closed, or its process keeps its tickets"),
        (a_closed_ticket(), keeping(), "the ticket is not closed, or its process keeps its tickets"),
        (a_closed_ticket(), keeping(retire_after="P401D"), "it was not closed long enough ago"),
        (
            a_closed_ticket(last_received_at=CLOSED_AT + timedelta(hours=1)),
            POLICY,
            "it was not closed long enough ago",
        ),
    ],
    ids=["open", "kept for ever", "too early", "mail came after a closing that claims to be old"],
)
def test_no_other_ticket_goes(state: TicketState, policy: CompiledPolicy, reason: str) -> None:
    """Whoever orders it, and however often."""
    assert reason == refused_because(commanded(an_order(), state, policy))


def test_only_we_order_it() -> None:
    """Who may close a ticket may not remove it."""
    assert NO_TICKET_OR_RIGHT == refused_because(commanded(an_order(actor="petr"), a_closed_ticket(), POLICY))


def test_the_same_order_again_finds_no_ticket() -> None:
    """As every other command that comes too late."""
    for command in (an_order(), a_command("status", "open", at=MUCH_LATER)):
        assert NO_TICKET_OR_RIGHT == refused_because(commanded(command, None, POLICY))


def test_its_customers_late_mails_meet_in_the_ticket_that_would_have_followed_it() -> None:
    """Where a mail goes does not depend on whether the ticket was removed yet."""
    mails = [a_mail(number, received_at=MUCH_LATER + timedelta(days=1)) for number in (2, 3)]
    before = decide(mails[0], a_closed_ticket(), POLICY)
    assert [before, before] == [late(mail, retired()) for mail in mails]
    assert isinstance(before, Forward)
    opened = decided(before.moved(mails[0]), None, POLICY)
    assert opened.ticket is not None
    assert (1, TICKET_ID) == (opened.ticket.revision, opened.ticket.follows)
    assert ("forwarded", "closed") == (opened.receipt.steps[0].step, opened.receipt.steps[0].because)


def test_a_strangers_claim_of_it_is_refused_as_before() -> None:
    """What is gone tells nobody whose it was."""
    mail = a_mail(2, sender=STRANGER, groups=(), received_at=MUCH_LATER)
    before = decide(mail, a_closed_ticket(), POLICY)
    assert before == late(mail, retired())
    assert isinstance(before, Forward)
    assert "thread_refused" == before.reason


def test_an_automatic_answer_to_it_opens_nothing() -> None:
    """It is suppressed by itself."""
    mail = a_mail(2, classification="auto-reply", proven_response=True, received_at=MUCH_LATER)
    decision = late(mail, retired())
    assert isinstance(decision, Decided)
    assert ("suppressed", None) == (decision.outcome, decision.ticket)


def test_what_stays_is_little_and_holds_no_address() -> None:
    """Ids, and the digest under which an unknown sender is known."""
    gone = retired()
    assert (TICKET_ID, MAILBOX, CLOSED_AT) == (gone.ticket_id, gone.mailbox, gone.closed_at)
    assert len(gone.write()) < 250


def test_a_policy_cannot_remove_what_would_reopen() -> None:
    """Else a mail would find neither."""
    with pytest.raises(ValidationError, match="longer than reopen_within"):
        Closed(reopen_within="P14D", retire_after="P14D")
