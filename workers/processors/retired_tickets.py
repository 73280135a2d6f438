"""What stays of removed tickets, in a lane's ticket view and its topic: one small field for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas import topics
from schemas.ticket import RetiredTicket
from workers.ports import OutRecord

_RETIRED = "~retired:"
"""Prefix of the fields; `take_up.is_ticket` knows them by the first letter."""


def retired_fields(tickets: Iterable[str]) -> list[str]:
    """What to read of the view, in the same round trip as the tickets."""
    return [_RETIRED + ticket for ticket in tickets]


def retired_in(values: Mapping[str, bytes]) -> dict[str, RetiredTicket]:
    """By ticket id."""
    found = (RetiredTicket.read(value) for field, value in values.items() if field.startswith(_RETIRED))
    return {each.ticket_id: each for each in found}


def retirement(gone: RetiredTicket) -> dict[str, bytes | None]:
    """The view's fields that change: the ticket goes, its mark comes."""
    return {gone.ticket_id: None, _RETIRED + gone.ticket_id: gone.write()}


def as_records(fields: Mapping[str, bytes | None], prefix: str, partition: int) -> list[OutRecord]:
    """The same for the view's own topic."""
    topic = topics.TICKETS_STATE.full_name(prefix)
    return [OutRecord(topic, field.encode(), value, partition=partition) for field, value in fields.items()]
