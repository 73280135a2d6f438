"""Our own ticks: an SLA due time is near (`warned`) or has passed (`breached`). Each is told once per due time."""

from __future__ import annotations

from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from schemas.event import UtcTime
from schemas.ticket import Sla
from workers.routing.commands.effect import Effect, Given, Refusal, SlaNews

OWN_ACTOR = "stellwerk"
_TIME: TypeAdapter[datetime] = TypeAdapter(UtcTime)


def tick(given: Given) -> Effect | Refusal:
    """`value`: {kind: warned | breached, clock: respond | resolve, due_at}.

    Refused where the ticket's due time is another one by now: the tick was made for what no longer holds.
    """
    value = given.command.value
    if not isinstance(value, dict) or value.get("kind") not in ("warned", "breached"):
        return Refusal("value must be {kind, clock, due_at}")
    kind, name = value["kind"], value.get("clock")
    due_at = _due(given.ticket.sla, name)
    if given.ticket.sla is None or due_at is None or due_at != _time(value.get("due_at")):
        return Refusal("nothing is due then")
    if kind == "breached" and given.command.at < due_at:
        return Refusal("not due yet")
    told = given.state.clock.breached if kind == "breached" else given.state.clock.warned
    if name in told or name in given.state.clock.breached:
        return Refusal("told already")
    clock = given.state.clock.model_copy(update={kind: (*told, name)})
    return Effect(state={"clock": clock}, news=(SlaNews(kind, given.ticket.sla, name, due_at),))


def _due(sla: Sla | None, name: object) -> datetime | None:
    if sla is None:
        return None
    return {"respond": sla.respond_due_at, "resolve": sla.resolve_due_at}.get(str(name))


def _time(value: object) -> datetime | None:
    try:
        return _TIME.validate_python(value)
    except ValidationError:
        return None
