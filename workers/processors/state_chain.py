"""Whether a ticket's state before a decision is the one that the decision before it left."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from schemas.ticket import TicketState
from workers.routing.comparison import is_written_as

_REMEMBERED = 2_000


class StateBefore(NamedTuple):
    """`state` None: there was no ticket. `links`: it is what the decision before left, as far as that is known.

    `is_canonical`: its bytes are those that this program writes of it.
    """

    state: TicketState | None
    links: bool
    is_canonical: bool


class StateChain:
    """Remembers the states of the tickets that were decided last; of others it says nothing.

    What is remembered need not be read again, where it is still the same bytes.
    """

    def __init__(self) -> None:
        self._states: OrderedDict[str, TicketState] = OrderedDict()

    def before(self, ticket_id: str, written: bytes | None) -> StateBefore:
        """The state as a receipt has it. Raises `pydantic.ValidationError`. Forgets what it knew: see `left`."""
        known = self._states.pop(ticket_id, None)
        if written is None:
            return StateBefore(None, known is None, True)
        if known is not None and is_written_as(known, written):
            return StateBefore(known, True, True)
        state = TicketState.read(written)
        return StateBefore(state, known is None or known == state, is_written_as(state, written))

    def left(self, ticket_id: str, state: TicketState | None) -> None:
        """What the decision left: its new state, or that before it where it changed nothing."""
        if state is not None:
            self._states[ticket_id] = state
        if len(self._states) > _REMEMBERED:
            self._states.popitem(last=False)

    def forget(self, ticket_id: str) -> None:
        """What comes next can't be compared."""
        self._states.pop(ticket_id, None)
