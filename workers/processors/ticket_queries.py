"""Tickets as they stand, read from `tickets.routed`. No index: a list reads the topic, one ticket its partition."""

import heapq
from collections.abc import Callable

from schemas.ticket import RoutedTicket
from schemas.topics import TICKETS_ROUTED
from workers.processors.topic_reader import TopicReader

Wanted = Callable[[RoutedTicket], bool]
Place = tuple[float, str]


async def find_ticket(reader: TopicReader, ticket_id: str) -> RoutedTicket | None:
    """The latest revision."""
    latest: bytes | None = None
    async for record in reader.read(TICKETS_ROUTED, key=ticket_id):
        if record.key == ticket_id.encode():
            latest = record.value
    return None if latest is None else RoutedTicket.read(latest)


async def list_tickets(
    reader: TopicReader, wanted: Wanted, *, limit: int, after: RoutedTicket | None = None
) -> list[RoutedTicket]:
    """The latest revision of up to `limit` tickets, the last opened first; `after`: those that follow it.

    Reads twice, the places first: so memory holds a few bytes for each ticket, and whole ones of the answer only.
    """
    places = await _places(reader, wanted)
    start = None if after is None else _place(after)
    shown = heapq.nsmallest(limit, (place for place in places.values() if start is None or place > start))
    tickets = await _read_all(reader, {ticket_id.encode() for _, ticket_id in shown})
    return sorted(tickets, key=_place)


async def _places(reader: TopicReader, wanted: Wanted) -> dict[bytes, Place]:
    """Of those that meet `wanted` in their latest revision."""
    places: dict[bytes, Place] = {}
    async for record in reader.read(TICKETS_ROUTED):
        key = record.key or b""
        ticket = None if record.value is None else RoutedTicket.read(record.value)
        if ticket is not None and wanted(ticket):
            places[key] = _place(ticket)
        else:
            places.pop(key, None)
    return places


async def _read_all(reader: TopicReader, keys: set[bytes]) -> list[RoutedTicket]:
    values: dict[bytes, bytes | None] = {}
    async for record in reader.read(TICKETS_ROUTED):
        if record.key is not None and record.key in keys:
            values[record.key] = record.value
    return [RoutedTicket.read(value) for value in values.values() if value is not None]


def _place(ticket: RoutedTicket) -> Place:
    """The last opened comes first."""
    return (-ticket.opened_at.timestamp(), ticket.ticket_id)
