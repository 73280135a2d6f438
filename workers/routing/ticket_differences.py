"""How two outcomes of one ticket differ, for people who compare policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.event import Event, Part
from schemas.ticket import RoutedTicket, Sla, TicketState
from workers.routing.deadline_moves import due_times

NO_TICKET = "no ticket"
"""Stands for what was suppressed, forwarded to another ticket, or could not be decided."""

_PASSING: dict[str, Any] = dict.fromkeys(("ticket", "recent_commands"))
_PASSING_OF_TICKET: dict[str, Any] = dict.fromkeys(
    ("policy_version", "changed", "revision", "reply", "cause")
)
"""What is not the same after other revisions that led to the same."""


class Outcomes(Event):
    """What became of a ticket in fact (`decided`), and what would have become of it (`shadow`). None: no ticket.

    `opened_here`: its shadow has been cast since its first mail.
    """

    decided: TicketState | None
    shadow: TicketState | None
    opened_here: bool = False


def differ(before: TicketState | None, after: TicketState | None) -> bool:
    """In anything but the policy's name, and how many revisions led there."""
    if before is None or after is None:
        return before is not after
    if _differ(before, after, _PASSING):
        return True
    return _differ(before.ticket, after.ticket, _PASSING_OF_TICKET)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`before` and `after` as text; `-` for nothing."""

    field: str
    before: str
    after: str


def field_changes(outcomes: Outcomes) -> Iterator[FieldChange]:
    """Of the ticket as it stands at the end."""
    before, after = outcomes.decided, outcomes.shadow
    if before is None or after is None:
        yield FieldChange("ticket", _is_there(before), _is_there(after))
        return
    for name, text in _FIELDS.items():
        was, would_be = text(before.ticket), text(after.ticket)
        if was != would_be:
            yield FieldChange(name, was, would_be)
    yield from _due_changes(before.ticket.sla, after.ticket.sla)
    if (joined := len(before.messages)) != (would_join := len(after.messages)):
        yield FieldChange("messages", str(joined), str(would_join))


def becomes_unassigned(outcomes: Outcomes) -> bool:
    """It had a handler, and would have none."""
    before, after = outcomes.decided, outcomes.shadow
    had = before is not None and before.ticket.handler is not None
    return had and (after is None or after.ticket.handler is None)


def _sla(ticket: RoutedTicket) -> str:
    sla = ticket.sla
    return f"{sla.contract} {sla.level}" if sla else "-"


def _set(name: str) -> Callable[[RoutedTicket], str]:
    return lambda ticket: " ".join(getattr(ticket, name)) or "-"


def _required(kind: str) -> Callable[[RoutedTicket], str]:
    return lambda ticket: " ".join(getattr(ticket.requires, kind)) or "-"


_FIELDS: Mapping[str, Callable[[RoutedTicket], str]] = {
    "process": lambda ticket: ticket.process,
    "area": lambda ticket: ticket.area,
    "handler": lambda ticket: ticket.handler or "-",
    "user_group": lambda ticket: ticket.user_group or "-",
    "sla": _sla,
    "status": lambda ticket: ticket.status,
    "groups": _set("groups"),
    "price_lists": _set("price_lists"),
    "requires.address_books": _required("address_books"),
    "requires.areas": _required("areas"),
    "requires.user_groups": _required("user_groups"),
    "flags": _set("flags"),
}


def _due_changes(before: Sla | None, after: Sla | None) -> Iterator[FieldChange]:
    """In words: each ticket has times of its own."""
    now, then = due_times(before), due_times(after)
    for clock, was in now.items():
        would_be, name = then[clock], f"{clock}_due_at"
        if was is None or would_be is None:
            if was is not would_be:
                yield FieldChange(name, _promised(was), _promised(would_be))
        elif was != would_be:
            yield FieldChange(name, _promised(was), "earlier" if would_be < was else "later")


def _promised(due_at: datetime | None) -> str:
    return "-" if due_at is None else "promised"


def _is_there(state: TicketState | None) -> str:
    return NO_TICKET if state is None else "ticket"


def _differ(before: Part, after: Part, passing: dict[str, Any]) -> bool:
    """In any field but the `passing` ones, which are made the same in both."""
    same: bool = before.__dict__ | passing == after.__dict__ | passing
    return not same
