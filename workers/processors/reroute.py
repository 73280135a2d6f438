"""Tickets that were routed wrongly are routed again: `reroute` commands for those that would change, and no other.

The commands go through the tickets' own lanes beside live mail, in the order of each ticket. A command's id is
made of the run, the ticket and what is changed: the same run started twice, resumed or killed in the middle
writes the same commands again, and each is applied once.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas.command import CommandResult, TicketCommand
from schemas.ticket import TicketState
from schemas.topics import TICKETS_COMMAND_RESULTS
from workers.ports import OutRecord
from workers.processors.kept_history import KeptHistory
from workers.processors.shadow import Shadow, Step
from workers.processors.shadow_report import ShadowReport
from workers.processors.ticket_commands import command_record
from workers.processors.topic_reader import Positions, RecordWriter, TopicReader
from workers.routing.rerouting import reroute_value
from workers.routing.ticket_differences import Outcomes

COMMAND_PREFIX = "reroute-"
Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rerouting:
    """One ticket that changes. `value`: of its command; `outcomes`: as it is, and as it would be after it."""

    ticket_id: str
    value: dict[str, Any]
    outcomes: Outcomes


@dataclass(frozen=True, slots=True)
class Run:
    """Who re-routes, when (aware), and under which id."""

    id: str
    actor: str
    at: datetime

    def command(self, rerouting: Rerouting) -> TicketCommand:
        change = json.dumps(rerouting.value, sort_keys=True)
        seed = f"{self.id}\0{rerouting.ticket_id}\0{change}"
        return TicketCommand(
            command_id=f"{COMMAND_PREFIX}{hashlib.sha256(seed.encode()).hexdigest()[:32]}",
            ticket_id=rerouting.ticket_id,
            kind="reroute",
            actor=self.actor,
            at=self.at,
            value=rerouting.value,
        )


async def plan_reroutings(
    shadow: Shadow, history: KeptHistory, report: ShadowReport, step: Step = lambda _: None
) -> AsyncIterator[Rerouting]:
    """What changes if the selected tickets become what the shadow's policy makes of their history.

    Tickets that exist on one side only are left alone: a re-routing opens none and takes none away. `report`
    counts what would change; nothing is ever shown to more people, for requirements are only added.
    """
    async for ticket_id, outcomes in shadow.cast(history, report, step):
        decided, wanted = outcomes.decided, outcomes.shadow
        if decided is None or wanted is None:
            continue
        value = reroute_value(decided, wanted, shadow.candidate.version)
        if value is not None:
            after = Outcomes(decided=decided, shadow=_with(decided, wanted, value))
            report.count_ticket(ticket_id, after)
            yield Rerouting(ticket_id, value, after)


async def apply_reroutings(
    reroutings: AsyncIterator[Rerouting],
    run: Run,
    writer: RecordWriter,
    *,
    per_second: int,
    pause: Pause = asyncio.sleep,
) -> set[str]:
    """Write their commands, so many a second at most; the ids. Raises `DependencyUnavailable`: start it again."""
    ids: set[str] = set()
    batch: list[OutRecord] = []
    async for rerouting in reroutings:
        command = run.command(rerouting)
        ids.add(command.command_id)
        batch.append(command_record(command))
        if len(batch) == per_second:
            await writer.write(batch)
            batch = []
            await pause(1.0)
    await writer.write(batch)
    return ids


async def results_of(
    reader: TopicReader, ids: Collection[str], start: Positions, within: timedelta
) -> list[CommandResult]:
    """The answers to these commands that come after `start`, as far as they come in time."""
    found: dict[str, CommandResult] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(within.total_seconds()):
            await _gather(reader, ids, start, found)
    return list(found.values())


async def _gather(
    reader: TopicReader, ids: Collection[str], start: Positions, found: dict[str, CommandResult]
) -> None:
    if not ids:
        return
    async for record in reader.follow(start):
        if record.value is not None and COMMAND_PREFIX.encode() in record.value:
            result = CommandResult.read(record.value)
            if result.command_id in ids:
                found[result.command_id] = result
                if len(found) == len(ids):
                    return


async def results_begin(reader: TopicReader) -> Positions:
    """To be asked before the first command is written."""
    return await reader.ends([TICKETS_COMMAND_RESULTS])


def _with(decided: TicketState, wanted: TicketState, value: dict[str, Any]) -> TicketState:
    """The ticket with nothing changed but what the command changes."""
    names = (name for name in value if name not in ("sources", "policy_version"))
    taken = {name: getattr(wanted.ticket, name) for name in names}
    return decided.model_copy(update={"ticket": decided.ticket.model_copy(update=taken)})
