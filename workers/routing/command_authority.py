"""Who may command a ticket: a directory user who meets all its requirements and may act in its area.

So nobody changes what they may not see, and the answer to those who miss a requirement is the same as for a
ticket that does not exist (P4). A recipient lifts `private` also where they only read in the area.
"""

from __future__ import annotations

from schemas.command import TicketCommand
from schemas.decision import Looked, Step
from schemas.ticket import TicketState
from workers.routing.access import first_missing
from workers.routing.commands.clock import OWN_ACTOR, OWN_KINDS
from workers.routing.commands.private import lifts
from workers.routing.receipts import chosen, missed, step
from workers.routing.rights import Rights

NO_TICKET_OR_RIGHT = "no such ticket, or no right to change it"


def authorise(command: TicketCommand, state: TicketState, rights: Rights) -> tuple[bool, Step]:
    """Whether the actor may give this command, and the right that decided it."""
    looked = _judge(command, state, rights)
    allowed = looked.verdict == "chosen"
    return allowed, step("authority", "allowed" if allowed else "refused", looked.why, (looked,))


def _judge(command: TicketCommand, state: TicketState, rights: Rights) -> Looked:
    actor, area = command.actor, state.ticket.area
    candidate = f"user:{actor}"
    if command.kind in OWN_KINDS or actor == OWN_ACTOR:
        own = command.kind in OWN_KINDS and actor == OWN_ACTOR
        return chosen(candidate, "our own clock") if own else missed(candidate, "only our own clock ticks")
    if not rights.is_user(actor):
        return missed(candidate, "not in the directory")
    missing = first_missing(actor, state.ticket.requires, rights)
    if missing is not None:
        return missed(candidate, f"lacks {missing}")
    if "actor" in rights.held(actor, "areas", area):
        return chosen(candidate, f"actor on area {area}")
    if command.kind == "private" and lifts(command.value):
        return chosen(candidate, "may lift what is private to them")
    return missed(candidate, f"no right actor on area {area}")
