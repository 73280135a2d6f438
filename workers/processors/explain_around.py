"""What people want to know beside a receipt: what it changed, where SLA time went, and who sees the messages now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.ticket import RoutedTicket
from schemas.topics import TICKETS_ROUTED
from schemas.vocabulary import Access
from workers.processors.explain import Explained, Explanation
from workers.processors.sla_queries import read_ledger
from workers.processors.topic_reader import TopicReader
from workers.processors.viewers import read_users, viewers
from workers.routing.sla_ledger import ClockLedger
from workers.routing.ticket_differences import FieldChange, Outcomes, field_changes

Revisions = Mapping[int, RoutedTicket]


@dataclass(frozen=True, slots=True)
class Around:
    """`revisions` of each ticket that are kept; `clocks` by ticket; `seen_by`: users and what they see, by delivery."""

    revisions: Mapping[str, Revisions]
    clocks: Mapping[str, tuple[ClockLedger, ...]]
    seen_by: Mapping[str, Mapping[str, Access]]

    def changes(self, decision: Explained) -> Iterator[FieldChange]:
        """What a follow-up or a command changed on its ticket; nothing where its revision is no longer kept."""
        receipt = decision.receipt
        before = receipt.state_before
        ticket = self.revisions.get(receipt.ticket_id, {}).get(receipt.revision or 0)
        if before is not None and ticket is not None:
            after = before.model_copy(update={"ticket": ticket})
            yield from field_changes(Outcomes(decided=before, shadow=after))

    def as_json(self) -> dict[str, Any]:
        return {"seen_by": {delivery: dict(users) for delivery, users in self.seen_by.items()}}


async def look_around(reader: TopicReader, explanation: Explanation, at: datetime) -> Around:
    """As of now (`at`, aware): by the policy that is live and the directory as it is."""
    tickets = {ticket.ticket_id: ticket for ticket in explanation.tickets}
    users = await read_users(reader) if tickets else {}
    clocks: dict[str, tuple[ClockLedger, ...]] = {}
    for ticket_id, ticket in tickets.items():
        ledger = None if ticket.sla is None else await read_ledger(reader, ticket_id, at)
        clocks[ticket_id] = () if ledger is None else ledger[1]
    return Around(
        revisions={ticket_id: await _revisions(reader, ticket_id) for ticket_id in tickets},
        clocks=clocks,
        seen_by={
            each.tag.delivery_id: viewers(tickets[each.tag.ticket_id], each.tag, users)
            for each in explanation.decisions
            if each.tag is not None and each.tag.ticket_id in tickets
        },
    )


async def _revisions(reader: TopicReader, ticket_id: str) -> Revisions:
    found: dict[int, RoutedTicket] = {}
    async for record in reader.read(TICKETS_ROUTED, key=ticket_id):
        if record.key == ticket_id.encode() and record.value is not None:
            ticket = RoutedTicket.read(record.value)
            found[ticket.revision] = ticket
    return found
