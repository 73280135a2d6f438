"""The customer got a first answer: the first SLA clock stops, once."""

from __future__ import annotations

from workers.routing.commands.effect import Effect, Given, Refusal, SlaNews
from workers.routing.deadlines import running_due
from workers.routing.sla_clock import is_told, tell


def note_response(given: Given) -> Effect | Refusal:
    """No `value`. Later answers are accepted and change nothing.

    Held to the due time that the ticket has; to the live policy's only where it has none because it waits.
    """
    ticket, clock, at = given.ticket, given.state.clock, given.command.at
    if clock.responded_at is not None:
        return Effect(reason="already responded")
    after = clock.model_copy(update={"responded_at": at})
    if ticket.sla is None:
        return Effect(state={"clock": after})
    due_at = ticket.sla.respond_due_at or running_due(
        "respond", ticket.sla, ticket.opened_at, clock, given.policy, until=at
    )
    late = due_at is not None and at > due_at
    news: tuple[SlaNews, ...] = (SlaNews("responded", ticket.sla, "respond", due_at, late),)
    if late and due_at is not None and not is_told(clock, "breached", "respond", due_at):
        after = tell(after, "breached", "respond", due_at)
        news = (SlaNews("breached", ticket.sla, "respond", due_at, late), *news)
    sla = ticket.sla.model_copy(update={"respond_due_at": None})
    return Effect(ticket={"sla": sla}, state={"clock": after}, news=news)
