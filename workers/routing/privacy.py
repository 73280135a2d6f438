"""Whose eyes only (R42, R44): the owner of a personal mailbox, unless the policy or a rule says otherwise."""

from schemas.decision import Step
from schemas.policy import Mailbox
from schemas.ticket import TicketState
from schemas.vocabulary import UNRESOLVED
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.receipts import step
from workers.routing.rules import Ruled


def first_private_to(address: str, mailbox: Mailbox, ruled: Ruled) -> tuple[str | None, Step]:
    """Who alone may read a ticket's first message; None: it is not private.

    A rule that makes mail of a shared mailbox private names no recipient: then nobody may read it (fail closed).
    """
    by_rule = ruled.private
    private = mailbox.is_private if by_rule is None else by_rule
    recipient = (mailbox.owner or UNRESOLVED) if private else None
    source = f"mailbox:{address}" if by_rule is None else ruled.sources["private"]
    return recipient, step("private_to", recipient, source)


def next_private_to(state: TicketState, policy: CompiledPolicy) -> tuple[str | None, Step]:
    """Who alone may read a joined message: as the mailbox says now, else as the ticket was made private."""
    address = state.ticket.mailbox
    mailbox = policy.mailbox(address)
    if mailbox is not None and mailbox.is_private:
        return mailbox.owner, step("private_to", mailbox.owner, f"mailbox:{address}")
    return state.private_to, step("private_to", state.private_to, "ticket")
