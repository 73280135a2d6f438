"""How status moves SLA clocks: `waiting` pauses both, `responded` stops the first, `solved` the second."""

from __future__ import annotations

from datetime import datetime

from schemas.command import SlaEvent
from schemas.ticket import RoutedTicket, Sla, SlaClock


def moved_to(status: str, clock: SlaClock, at: datetime) -> SlaClock:
    """The clock after the ticket's status became `status`. Reopening starts the resolution clock again."""
    changes: dict[str, object] = {}
    if status == "waiting":
        changes["paused_since"] = clock.paused_since or at
    elif clock.paused_since is not None:
        changes["pauses"] = (*clock.pauses, (clock.paused_since, max(clock.paused_since, at)))
        changes["paused_since"] = None
    if status in ("open", "waiting"):
        changes["resolved_at"] = None
    elif clock.resolved_at is None:
        changes["resolved_at"] = at
    return clock.model_copy(update=changes)


def sla_event(kind: str, ticket: RoutedTicket, sla: Sla, at: datetime, **fields: object) -> SlaEvent:
    """An event of the ticket's revision; `fields`: `clock`, `due_at`, `late`."""
    return SlaEvent.model_validate(
        {
            "ticket_id": ticket.ticket_id,
            "revision": ticket.revision,
            "kind": kind,
            "contract": sla.contract,
            "level": sla.level,
            "at": at,
            **fields,
        }
    )
