"""Removing a ticket long after its closing, and where a mail goes that claims one which is gone.

Neither guesses: the policy says how long (`closed.retire_after`), and a late mail goes where it would have gone.
"""

from __future__ import annotations

from datetime import datetime

from schemas.durations import parse_plain_days
from schemas.mail import EnrichedMail
from schemas.ticket import RetiredTicket, TicketState
from workers.routing.claim_acceptance import thread_refused
from workers.routing.closed_ticket import follower
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.customer import is_of_customer
from workers.routing.identity import Signer
from workers.routing.outcome import Forward


def may_retire_at(state: TicketState, policy: CompiledPolicy) -> datetime | None:
    """When the ticket may go. None: not while it is as it is, or the policy keeps its process's tickets for ever.

    Counted from its last mail where that came after the closing, so a claimed time alone removes nothing early.
    """
    process = policy.process(state.ticket.process)
    closed = process.closed if process else None
    if state.ticket.status != "closed" or state.closed_at is None:
        return None
    if closed is None or closed.retire_after is None:
        return None
    return max(state.closed_at, state.last_received_at) + parse_plain_days(closed.retire_after)


def retired(state: TicketState) -> RetiredTicket:
    """What stays. Precondition: it may go, so it is closed."""
    assert state.closed_at is not None, "a closed ticket has its time"  # noqa: S101
    ticket = state.ticket
    return RetiredTicket(
        ticket_id=ticket.ticket_id,
        mailbox=ticket.mailbox,
        customer_key=state.customer_key,
        closed_at=state.closed_at,
    )


def follower_of(mail: EnrichedMail, gone: RetiredTicket, signer: Signer) -> Forward:
    """As of a ticket that was closed too long ago: its customer's late mails meet in one new, linked ticket.

    Others are refused, colleagues too, for the area that would let them in is gone with the ticket.
    """
    if mail.mailbox == gone.mailbox and is_of_customer(mail, gone.customer_key):
        return follower(gone.mailbox, gone.ticket_id, gone.closed_at, signer)
    return thread_refused(mail, signer)
