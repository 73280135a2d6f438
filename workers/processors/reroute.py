"""Tickets that were routed wrongly are routed again: `reroute` commands for those that would change, and no other.

Each command is made for the revision that its ticket had when it was planned: where live mail was faster, its lane
refuses it, and the ticket is planned again. Its id is made of the run, the ticket, that revision and what is
changed: the same run started twice, resumed or killed in the middle writes the same commands again, and each is
applied once.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.command import TicketCommand
from schemas.ticket import TicketState
from workers.processors.kept_history import KeptHistory
from workers.processors.shadow import Shadow, Step
from workers.processors.shadow_report import ShadowReport
from workers.routing.commands.effect import Refusal
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.rerouting import reroute_value
from workers.routing.rerouting_preview import preview, unauthorised
from workers.routing.rights import Rights
from workers.routing.ticket_differences import Outcomes
from workers.routing.view_changes import Sight

COMMAND_PREFIX = "reroute-"


@dataclass(frozen=True, slots=True)
class Run:
    """Who re-routes (None: nobody yet, a dry run), when (aware), and under which id."""

    id: str
    actor: str | None
    at: datetime

    def command(self, state: TicketState, value: dict[str, Any]) -> TicketCommand:
        ticket, change = state.ticket, json.dumps(value, sort_keys=True)
        seed = f"{self.id}\0{ticket.ticket_id}\0{ticket.revision}\0{change}"
        return TicketCommand(
            command_id=f"{COMMAND_PREFIX}{hashlib.sha256(seed.encode()).hexdigest()[:32]}",
            ticket_id=ticket.ticket_id,
            kind="reroute",
            actor=self.actor or "",
            at=self.at,
            expected_revision=ticket.revision,
            value=value,
        )


@dataclass(frozen=True, slots=True)
class Rerouting:
    """One ticket that changes. `outcomes`: as it is, and as the command leaves it. `retagged`, `shut_out`: messages
    with a new tag, and that nobody may read any more. `refused`: why its lane would not do it for the run's actor."""

    command: TicketCommand
    outcomes: Outcomes
    retagged: int
    shut_out: int
    refused: str | None = None


@dataclass(slots=True)
class Plan:
    """`commands` by id: a `Spool`, so that memory does not grow with them. `refused`: tickets left out, by reason."""

    commands: MutableMapping[str, bytes]
    retagged: int = 0
    shut_out: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, rerouting: Rerouting) -> None:
        self.retagged += rerouting.retagged
        self.shut_out += rerouting.shut_out
        if rerouting.refused is None:
            self.commands[rerouting.command.command_id] = rerouting.command.write()
        else:
            self.refused[rerouting.refused] += 1


async def plan_reroutings(
    shadow: Shadow, history: KeptHistory, report: ShadowReport, run: Run, step: Step = lambda _: None
) -> AsyncIterator[Rerouting]:
    """What changes if the selected tickets become what the shadow's policy makes of their history.

    Tickets that exist on one side only are left alone: a re-routing opens none and takes none away. `report`
    counts what would change; nothing is ever shown to more people, for requirements are only added.
    """
    sight = Sight(shadow.users)
    async for ticket_id, outcomes in shadow.cast(history, report, step):
        decided, wanted = outcomes.decided, outcomes.shadow
        value = reroute_value(decided, wanted, shadow.candidate) if decided and wanted else None
        if decided is not None and value is not None:
            rerouting = _rerouting(run.command(decided, value), decided, shadow.candidate, sight, run.actor)
            report.count_ticket(ticket_id, rerouting.outcomes)
            yield rerouting


def _rerouting(
    command: TicketCommand, state: TicketState, policy: CompiledPolicy, sight: Sight, actor: str | None
) -> Rerouting:
    found = preview(command, state, policy, sight)
    missing = unauthorised(command, state, Rights(sight.users)) if actor is not None else None
    if isinstance(found, Refusal):
        same = Outcomes(decided=state, shadow=state)
        return Rerouting(command, same, 0, 0, missing or found.reason)
    after = Outcomes(decided=state, shadow=found.after)
    return Rerouting(command, after, found.retagged, found.shut_out, missing)
