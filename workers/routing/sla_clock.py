"""How status moves SLA clocks: `waiting` pauses both, `responded` stops the first, `solved` the second."""

from __future__ import annotations

from datetime import datetime

from schemas.command import SlaEvent
from schemas.ticket import RoutedTicket, Sla, SlaClock, Told


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


TOLD_REMEMBERED = 60
"""Due times that come back after so many events are told of again."""


def is_told(clock: SlaClock, kind: str, name: str, due_at: datetime) -> bool:
    """Whether `warned`, `breached` or `met` is out for this clock and due time."""
    present = {"warned": clock.warned, "breached": clock.breached}.get(kind, ())
    return name in present or Told(kind=kind, clock=name, due_at=due_at) in clock.told


def tell(clock: SlaClock, kind: str, name: str, due_at: datetime) -> SlaClock:
    """The clock that remembers the event. Ask `is_told` before."""
    told = (*clock.told, Told(kind=kind, clock=name, due_at=due_at))
    changes: dict[str, object] = {"told": told[-TOLD_REMEMBERED:]}
    if kind in ("warned", "breached"):
        changes[kind] = (*getattr(clock, kind), name)
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
