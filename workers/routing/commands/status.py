"""The ticket's status: `open`, `waiting` (pauses both clocks), `solved` (stops the second), `closed`."""

from __future__ import annotations

from typing import get_args

from schemas.ticket import SlaClock
from schemas.vocabulary import TicketStatus
from workers.routing.commands.effect import Effect, Given, Refusal, SlaNews
from workers.routing.deadlines import moved_on, rearmed, running_due
from workers.routing.sla_clock import is_told, moved_to, tell

_STATUSES = frozenset(get_args(TicketStatus))
_DONE = frozenset({"solved", "closed"})


def change_status(given: Given) -> Effect | Refusal:
    """`value`: the status. The one that it has already is accepted and changes nothing."""
    status = given.command.value
    if not isinstance(status, str) or status not in _STATUSES:
        return Refusal("value must be open, waiting, solved or closed")
    return _become(given, status)


def resolve(given: Given) -> Effect:
    """No `value`: what downstream systems say when they are done. A closed ticket stays closed."""
    if given.ticket.status == "closed":
        return Effect(reason="already closed")
    return _become(given, "solved")


def reopen(given: Given) -> Effect:
    """No `value`: it goes on, whatever it was."""
    return _become(given, "open")


def _become(given: Given, status: str) -> Effect:
    ticket = given.ticket
    if status == ticket.status:
        return Effect(reason=f"already {status}")
    clock = moved_to(status, given.state.clock, given.command.at)
    sla = ticket.sla and moved_on(ticket.sla, ticket.status, ticket.opened_at, status, clock, given.policy)
    clock = rearmed(given.state.clock, ticket.sla, clock, sla, ticket.opened_at, given.policy)
    clock, news = _news(given, status, clock)
    return Effect(
        ticket={"status": status, "sla": sla},
        state={"clock": clock, "closed_at": given.command.at if status == "closed" else None},
        news=news,
    )


def _news(given: Given, status: str, clock: SlaClock) -> tuple[SlaClock, tuple[SlaNews, ...]]:
    """What SLA readers must know; a resolution after its due time is told as its breach, once."""
    ticket = given.ticket
    if ticket.sla is None:
        return clock, ()
    if status == "waiting":
        return clock, (SlaNews("paused", ticket.sla),)
    if status == "open":
        return clock, (SlaNews("resumed", ticket.sla),)
    if ticket.status in _DONE:
        return clock, ()
    return resolution(given, clock)


def resolution(given: Given, clock: SlaClock) -> tuple[SlaClock, tuple[SlaNews, ...]]:
    """The second clock has stopped: met, or breached; each is told once for a due time, however often it stops.

    Held to the due time that the ticket has; to the live policy's only where it has none because it waits.
    """
    ticket = given.ticket
    if ticket.sla is None:
        return clock, ()
    due_at = ticket.sla.resolve_due_at or running_due(
        "resolve", ticket.sla, ticket.opened_at, clock, given.policy
    )
    if due_at is None:
        return clock, ()
    kind = "met" if given.command.at <= due_at else "breached"
    if is_told(clock, kind, "resolve", due_at):
        return clock, ()
    news = SlaNews(kind, ticket.sla, "resolve", due_at, late=kind == "breached")
    return tell(clock, kind, "resolve", due_at), (news,)
