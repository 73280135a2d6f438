"""What is due soon, and where a ticket's SLA time went, read from the topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from schemas.ticket import RoutedTicket, TicketState
from schemas.topics import TICKETS_ROUTED, TICKETS_STATE
from workers.errors import DependencyUnavailable
from workers.processors.publish_policy import live_policy
from workers.processors.topic_reader import TopicReader
from workers.routing.compiled_policy import compile_policy
from workers.routing.sla_ledger import ClockLedger, sla_ledger


@dataclass(frozen=True, slots=True)
class Due:
    """One running clock of a ticket."""

    due_at: datetime
    ticket_id: str
    clock: str
    ticket: RoutedTicket

    @property
    def place(self) -> tuple[datetime, str, str]:
        return self.due_at, self.ticket_id, self.clock


async def list_due(reader: TopicReader, until: datetime) -> list[Due]:
    """All running clocks that are due by then, the earliest first; also those that are overdue."""
    found: dict[bytes, list[Due]] = {}
    async for record in reader.read(TICKETS_ROUTED):
        due = [] if record.value is None else list(_due(RoutedTicket.read(record.value), until))
        if due:
            found[record.key or b""] = due
        else:
            found.pop(record.key or b"", None)
    return sorted((due for each in found.values() for due in each), key=lambda due: due.place)


async def find_state(reader: TopicReader, ticket_id: str) -> TicketState | None:
    """The ticket's full state as it stands."""
    latest: bytes | None = None
    async for record in reader.read(TICKETS_STATE, key=ticket_id):
        if record.key == ticket_id.encode():
            latest = record.value
    return None if latest is None else TicketState.read(latest)


async def read_ledger(
    reader: TopicReader, ticket_id: str, until: datetime
) -> tuple[TicketState, tuple[ClockLedger, ...]] | None:
    """By the policy that is live. None: there is no such ticket."""
    state = await find_state(reader, ticket_id)
    if state is None:
        return None
    live = await live_policy(reader)
    if live is None:
        raise DependencyUnavailable("no policy is active yet: `stellwerk policy publish FILE`")
    return state, sla_ledger(state, compile_policy(live.policy, live.version), until)


def _due(ticket: RoutedTicket, until: datetime) -> Iterator[Due]:
    if ticket.sla is not None:
        times = (("respond", ticket.sla.respond_due_at), ("resolve", ticket.sla.resolve_due_at))
        for clock, due_at in times:
            if due_at is not None and due_at <= until:
                yield Due(due_at, ticket.ticket_id, clock, ticket)
