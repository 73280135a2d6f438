"""Which due times of a ticket another policy moves (R21-R23): of what it has open, nothing that is past and told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from schemas.ticket import Sla, TicketState
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.deadlines import with_deadlines


@dataclass(frozen=True, slots=True)
class DeadlineMove:
    """A running clock, `respond` or `resolve`. None: nothing is promised."""

    ticket_id: str
    clock: str
    before: datetime | None
    after: datetime | None

    def is_breached_at_once(self, now: datetime) -> bool:
        """It was not overdue, and would be."""
        return not _is_over(self.before, now) and _is_over(self.after, now)

    def is_no_longer_breached(self, now: datetime) -> bool:
        """It was overdue, and would not be. What was told of it stays told."""
        return _is_over(self.before, now) and not _is_over(self.after, now)


def sla_under(state: TicketState, terms: Sla | None, policy: CompiledPolicy) -> Sla | None:
    """The SLA with these terms, due by the policy: from `opened_at`, with the pauses that there were."""
    if terms is None:
        return None
    return with_deadlines(terms, state.ticket.opened_at, state.ticket.status, state.clock, policy)


def due_times_move(state: TicketState, policy: CompiledPolicy) -> bool:
    """Whether the policy moves due times of the level that the ticket has."""
    return any(True for _ in deadline_moves(state, state.ticket.sla, policy))


def deadline_moves(state: TicketState, terms: Sla | None, policy: CompiledPolicy) -> Iterator[DeadlineMove]:
    """Those that move where the ticket's contract and level become `terms`.

    None of a ticket that waits: it has no due times, and gets those of the live policy when it goes on.
    """
    now, then = due_times(state.ticket.sla), due_times(sla_under(state, terms, policy))
    for clock, before in now.items():
        if before != then[clock]:
            yield DeadlineMove(state.ticket.ticket_id, clock, before, then[clock])


def due_times(sla: Sla | None) -> dict[str, datetime | None]:
    """By clock."""
    return {
        "respond": None if sla is None else sla.respond_due_at,
        "resolve": None if sla is None else sla.resolve_due_at,
    }


def _is_over(due_at: datetime | None, now: datetime) -> bool:
    return due_at is not None and due_at <= now
