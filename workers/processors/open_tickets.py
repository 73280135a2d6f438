"""Tickets as they stand, all or those that are not closed, read from `tickets.state`."""

from __future__ import annotations

from collections.abc import AsyncIterator, MutableMapping

from pydantic import ValidationError

from schemas.ticket import TicketState
from schemas.topics import TICKETS_STATE
from workers.processors.take_up import is_ticket
from workers.processors.topic_reader import TopicReader


async def open_tickets(reader: TopicReader, kept: MutableMapping[str, bytes]) -> AsyncIterator[TicketState]:
    """Those of `tickets_as_they_stand` that are not closed."""
    async for state in tickets_as_they_stand(reader, kept):
        if state.ticket.status != "closed":
            yield state


async def tickets_as_they_stand(
    reader: TopicReader, kept: MutableMapping[str, bytes]
) -> AsyncIterator[TicketState]:
    """By partition and id. `kept` holds one partition's states: a `Spool`, so that memory does not grow with them.

    A state that cannot be read is left out. Raises `DependencyUnavailable`.
    """
    for partition in sorted(number for _, number in await reader.ends([TICKETS_STATE])):
        kept.clear()
        async for record in reader.read(TICKETS_STATE, partition=partition):
            key = (record.key or b"").decode("utf-8", "replace")
            if record.value is None:
                kept.pop(key, None)
            elif is_ticket(key):
                kept[key] = record.value
        for value in kept.values():
            state = _read(value)
            if state is not None:
                yield state


def _read(value: bytes) -> TicketState | None:
    try:
        return TicketState.read(value)
    except ValidationError:
        return None
