"""Our own ticks: an SLA due time is near (`warned`) or has passed (`breached`). Each is told once per due time.

Decided by when the tick was taken up (`as_taken`), never by what it claims: so whoever else may write commands
cannot make a ticket breach early, and a tick after its time does what ours would do.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from schemas.command import TicketCommand
from schemas.event import UtcTime
from schemas.ticket import Sla
from workers.routing.commands.effect import Effect, Given, Refusal, SlaNews
from workers.routing.receipts import chosen
from workers.routing.sla_clock import is_told, tell
from workers.routing.sla_ticks import Tick, pending_ticks

OWN_ACTOR = "stellwerk"
RETIRE = "retire"
OWN_KINDS = ("clock", RETIRE)
"""Given by nobody but us, and decided by the broker's clock."""
_TIME: TypeAdapter[datetime] = TypeAdapter(UtcTime)


def as_taken(command: TicketCommand, taken_at: datetime) -> TicketCommand:
    """One of ours at the time at which the broker took it (its record's, by the broker's clock); others as they are."""
    return command.model_copy(update={"at": taken_at}) if command.kind in OWN_KINDS else command


def tick(given: Given) -> Effect | Refusal:
    """`value`: {kind: warned | breached, clock: respond | resolve, due_at}.

    Refused where the ticket's due time is another one by now: the tick was made for what no longer holds.
    """
    value, sla, clock = given.command.value, given.ticket.sla, given.state.clock
    if not isinstance(value, dict) or value.get("kind") not in ("warned", "breached"):
        return Refusal("value must be {kind, clock, due_at}")
    kind, name, due_at = value["kind"], str(value.get("clock")), _time(value.get("due_at"))
    if sla is None or due_at is None or due_at != _due(sla, name):
        return Refusal("nothing is due then")
    if any(is_told(clock, each, name, due_at) for each in (kind, "breached")):
        return Refusal("told already")
    found = _pending(given, kind, name)
    if found is None:
        return Refusal("the level warns of nothing")
    if given.command.at < found.at:
        return Refusal("not due yet")
    late = found.is_late(given.command.at)
    return Effect(
        state={"clock": tell(clock, kind, name, due_at)},
        news=(SlaNews(kind, sla, name, due_at, late),),
        looked=(chosen(given.source, f"{name} {kind}{', late' if late else ''}"),),
    )


def _pending(given: Given, kind: str, name: str) -> Tick | None:
    ticks = pending_ticks(given.ticket.sla, given.ticket.opened_at, given.state.clock, given.policy)
    return next((each for each in ticks if (each.kind, each.clock) == (kind, name)), None)


def _due(sla: Sla, name: str) -> datetime | None:
    return {"respond": sla.respond_due_at, "resolve": sla.resolve_due_at}.get(name)


def _time(value: object) -> datetime | None:
    try:
        return _TIME.validate_python(value)
    except ValidationError:
        return None
