"""Our own order to remove a ticket long after its closing. Decided by when the broker took it, and by the policy."""

from __future__ import annotations

from schemas.ticket import RetiredTicket
from workers.routing.commands.effect import Given, Refusal
from workers.routing.retired_ticket import may_retire_at, retired


def retire(given: Given) -> RetiredTicket | Refusal:
    """`value`: none."""
    at = may_retire_at(given.state, given.policy)
    if at is None:
        return Refusal("the ticket is not closed, or its process keeps its tickets")
    if given.command.at < at:
        return Refusal("it was not closed long enough ago")
    return retired(given.state)
