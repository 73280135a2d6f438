"""What a customer's mail does to a closed ticket: reopens it for a while, then opens a new, linked one."""

from datetime import datetime

from schemas.durations import parse_plain_days
from schemas.mail import EnrichedMail
from schemas.ticket import TicketState
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.identity import Signer
from workers.routing.outcome import Forward


def continued_elsewhere(
    mail: EnrichedMail, state: TicketState, policy: CompiledPolicy, signer: Signer
) -> Forward | None:
    """Where the mail goes when its ticket was closed too long ago; None: it may join.

    All mails after one closing meet in one new ticket. That one may be closed again, and have its own follower.
    """
    ticket = state.ticket
    process = policy.process(ticket.process)
    closed = process.closed if process else None
    if ticket.status != "closed" or state.closed_at is None or closed is None:
        return None
    if mail.received_at <= state.closed_at + parse_plain_days(closed.reopen_within):
        return None
    return follower(ticket.mailbox, ticket.ticket_id, state.closed_at, signer)


def follower(mailbox: str, ticket_id: str, closed_at: datetime, signer: Signer) -> Forward:
    """The one ticket in which all mails after that closing meet, whether the closed one is still there or not."""
    return Forward(signer.continued_ticket_id(mailbox, ticket_id, closed_at.isoformat()), "closed")
