"""Due times of open tickets under a candidate policy: by their state as it stands, not only over kept history."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from schemas.ticket import Sla, TicketState
from workers.processors.deadline_report import DeadlineReport
from workers.processors.open_tickets import open_tickets
from workers.processors.shadow_report import ShadowReport
from workers.processors.topic_reader import TopicReader
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.deadline_moves import deadline_moves
from workers.routing.rerouting import reroute_value
from workers.routing.ticket_differences import Outcomes, field_changes


@dataclass(frozen=True, slots=True)
class ShadowDeadlines:
    """`changed` and `kept` are `Spool`s: tickets that change otherwise too, and one partition's states.

    A ticket's contract and level are those that its shadow has, where `reroute` would give them to it.
    """

    candidate: CompiledPolicy
    changed: MutableMapping[str, bytes]
    kept: MutableMapping[str, bytes]

    def note(self, ticket_id: str, outcomes: Outcomes) -> None:
        """A ticket that the report got, so that it is counted once, and with the level that it would have."""
        noted: dict[str, Any] = {"counted": any(True for _ in field_changes(outcomes))}
        if outcomes.decided is not None and outcomes.shadow is not None:
            value = reroute_value(outcomes.decided, outcomes.shadow, self.candidate) or {}
            noted |= {"sla": value["sla"]} if "sla" in value else {}
        self.changed[ticket_id] = json.dumps(noted).encode()

    async def look(self, reader: TopicReader, report: ShadowReport, deadlines: DeadlineReport) -> None:
        """Count the moves of selected tickets; `report` counts tickets of which nothing else changes."""
        async for state in open_tickets(reader, self.kept):
            if not report.selection.takes_state(state):
                continue
            noted = json.loads(self.changed.get(state.ticket.ticket_id, b"{}"))
            moves = list(deadline_moves(state, _terms(state, noted), self.candidate))
            deadlines.add(moves)
            if moves and not noted.get("counted"):
                report.tickets += 1


def _terms(state: TicketState, noted: Mapping[str, Any]) -> Sla | None:
    if "sla" not in noted or "sla" in state.set_by_command:
        return state.ticket.sla
    return Sla.model_validate(noted["sla"]) if noted["sla"] else None
