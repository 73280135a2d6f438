"""Whose rights a decision may ask for, beside the users whom the policy names: to be read before it is made."""

from schemas.command import TicketCommand
from schemas.ticket import TicketState

_LONGEST_ID = 128


def users_of_state(state: TicketState) -> frozenset[str]:
    """The handler, and all to whom messages are private."""
    named = (state.ticket.handler, state.private_to, *(tag.private_to for tag in state.messages))
    return frozenset(user for user in named if user)


def users_of_command(command: TicketCommand) -> frozenset[str]:
    """The actor, and every string in the value that may be a user's id."""
    value = command.value
    named = value.values() if isinstance(value, dict) else (value,)
    return frozenset({command.actor, *(v for v in named if isinstance(v, str) and 0 < len(v) <= _LONGEST_ID)})
