"""The message that a command names."""

from __future__ import annotations

from schemas.ticket import MessageTag
from workers.routing.access import verdict
from workers.routing.commands.effect import Given, Refusal

_NO_SUCH = Refusal("no such message among the ticket's latest, or no right to see it")


def named_message(given: Given, delivery_id: str) -> MessageTag | Refusal:
    """Only one that the ticket remembers and the actor may know of; both misses read the same (P4)."""
    found = next((tag for tag in given.state.messages if tag.delivery_id == delivery_id), None)
    if found is None:
        return _NO_SUCH
    access, _ = verdict(given.command.actor, given.ticket.requires, found, given.rights)
    return found if access != "nothing" else _NO_SUCH
