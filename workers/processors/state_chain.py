"""Whether a ticket's state before a decision is the one that the decision before it left."""

from __future__ import annotations

from collections import OrderedDict

from schemas.ticket import TicketState

_REMEMBERED = 2_000


class StateChain:
    """Remembers the states of the tickets that were decided last; of others it says nothing."""

    def __init__(self) -> None:
        self._states: OrderedDict[str, TicketState] = OrderedDict()

    def links(self, before: TicketState | None, after: TicketState | None, ticket_id: str) -> bool:
        """`after` None: the decision changed nothing."""
        known = self._states.pop(ticket_id, None)
        left = after or before
        if left is not None:
            self._states[ticket_id] = left
        if len(self._states) > _REMEMBERED:
            self._states.popitem(last=False)
        return known is None or known == before

    def forget(self, ticket_id: str) -> None:
        """What comes next can't be compared."""
        self._states.pop(ticket_id, None)
