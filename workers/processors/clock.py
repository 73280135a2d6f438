"""The SLA clock: what is due follows from `tickets.state`, and each due tick goes to its ticket's owner as a command.

Deciding is the owner's: a tick that comes twice, too early or for a due time that no longer holds changes
nothing there. So the clock may be killed at any moment, and nothing needs to be remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import ValidationError

from schemas.command import TicketCommand
from schemas.event import Event, Part, UtcTime
from schemas.ticket import Sla, SlaClock
from schemas.topics import TICKETS_STATE
from schemas.trace_context import TraceContext
from workers.ports import CommandLog, PolicyLog
from workers.processors.broker_time import BrokerTime
from workers.processors.take_up import is_ticket
from workers.processors.ticket_commands import command_record
from workers.routing.commands.clock import OWN_ACTOR
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.sla_ticks import Tick, pending_ticks
from workers.work_ports import Tracing, Untraced, Unwatched, Work, WorkObserver

_log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 300.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class _Ticket(Part):
    opened_at: UtcTime
    sla: Sla | None


class _State(Event):
    """What a clock needs of a `TicketState`."""

    ticket: _Ticket
    clock: SlaClock = SlaClock()


@dataclass(frozen=True, slots=True)
class ClockDependencies:
    """What all partitions of a worker share."""

    policies: PolicyLog
    commands: CommandLog
    time: BrokerTime
    tracing: Tracing = field(default_factory=Untraced)
    work: WorkObserver = field(default_factory=Unwatched)


class ClockLogic:
    """`ScheduleLogic` of one partition of `tickets.state`.

    Memory holds the names and times of ticks still to come, about 1 KB for each ticket that has some.
    """

    def __init__(self, needs: ClockDependencies) -> None:
        self._needs = needs
        self._policy: CompiledPolicy | None = None
        self._ticks: dict[str, dict[str, int]] = {}
        self._tries: dict[str, int] = {}
        self._changes: dict[str, int | None] = {}

    async def acquire(self) -> None:
        """All times are worked out by the policy that is live now."""
        await self._needs.policies.refresh()
        live = self._needs.policies.current
        self._policy = compile_policy(live.policy, live.version)

    def is_current(self) -> bool:
        """Not where another policy is live whose service levels differ: it moves warnings."""
        known = self._policy
        live = self._needs.policies.current
        return known is not None and (known.version == live.version or known.policy.sla == live.policy.sla)

    def apply(self, key: str, value: bytes | None) -> None:
        """A state that cannot be read has no ticks: one bad record must not stop the clock for all tickets."""
        if not is_ticket(key):
            return
        try:
            self._set(key, {} if value is None else self._pending(key, value))
        except ValidationError:
            _log.error("event-unreadable", topic=TICKETS_STATE.name, ticket_id=key)
            self._set(key, {})

    def saw(self, taken_ms: int) -> None:
        self._needs.time.saw(_EPOCH + taken_ms * _MS)

    def entries(self) -> Mapping[str, int]:
        return {entry: at for ticks in self._ticks.values() for entry, at in ticks.items()}

    def when(self, entry: str) -> int:
        return self._at(entry) or 0

    def changes(self) -> Mapping[str, int | None]:
        changes, self._changes = self._changes, {}
        return changes

    def now_ms(self) -> int:
        return int((self._needs.time.now() - _EPOCH) / _MS)

    async def fire(self, due: Sequence[str]) -> Mapping[str, int]:
        known = {entry: at for entry in due if (at := self._at(entry)) is not None}
        time, sent_at = self._needs.time, self._needs.time.own()
        commands = [command_of(entry, time.now()) for entry in known]
        work = [_work(command, self._needs.tracing.begin()) for command in commands]
        records = [command_record(*each) for each in zip(commands, _traceparents(work), strict=True)]
        taken = await self._needs.commands.append(records)
        if taken:
            time.learn(sent_at, taken[-1], time.own())
        self._needs.work.done(work, (time.own() - sent_at).total_seconds())
        return {
            entry: self._again(entry, at, _ms(taken_at))
            for (entry, at), taken_at in zip(known.items(), taken, strict=True)
        }

    def _again(self, entry: str, at: int, taken_at: int) -> int:
        """When to tick again: at its time where our clock was ahead, else later and later."""
        if taken_at < at:
            return at
        tries = self._tries[entry] = self._tries.get(entry, 0) + 1
        wait = min(FIRST_RETRY_SECONDS * 2 ** (tries - 1), LONGEST_RETRY_SECONDS)
        return taken_at + int(wait * 1000)

    def _at(self, entry: str) -> int | None:
        return self._ticks.get(entry.partition("|")[0], {}).get(entry)

    def _set(self, ticket_id: str, after: dict[str, int]) -> None:
        before = self._ticks.pop(ticket_id, {})
        if after:
            self._ticks[ticket_id] = after
        for entry in before.keys() - after.keys():
            self._changes[entry] = None
            self._tries.pop(entry, None)
        self._changes |= {entry: at for entry, at in after.items() if at != before.get(entry)}

    def _pending(self, ticket_id: str, value: bytes) -> dict[str, int]:
        if self._policy is None:
            raise LookupError("the clock has no policy yet")
        state = _State.read(value)
        ticket = state.ticket
        ticks = pending_ticks(ticket.sla, ticket.opened_at, state.clock, self._policy)
        return {entry_of(ticket_id, tick): _ms(tick.at) for tick in ticks}


def entry_of(ticket_id: str, tick: Tick) -> str:
    """One per ticket, clock, event and due time: the name of the tick wherever it is known."""
    return f"{ticket_id}|{tick.kind}|{tick.clock}|{tick.due_at.isoformat().replace('+00:00', 'Z')}"


def command_of(entry: str, at: datetime) -> TicketCommand:
    """Its id is the entry, so that the same tick is the same command however often it is sent."""
    ticket_id, kind, clock, due_at = entry.split("|")
    return TicketCommand(
        command_id=entry,
        ticket_id=ticket_id,
        kind="clock",
        actor=OWN_ACTOR,
        at=at,
        value={"kind": kind, "clock": clock, "due_at": due_at},
    )


def _work(command: TicketCommand, trace: TraceContext) -> Work:
    ids = {"command_id": command.command_id, "ticket_id": command.ticket_id}
    return Work("clock", "sent", ids, trace=trace)


def _traceparents(work: Sequence[Work]) -> list[str | None]:
    return [each.trace.write() if each.trace else None for each in work]


def _ms(at: datetime) -> int:
    """The first millisecond that is not before it: the broker's clock has no finer ones."""
    return -((_EPOCH - at) // _MS)
