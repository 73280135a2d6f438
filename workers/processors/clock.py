"""The SLA clock: what is due follows from `tickets.state`, and each due tick goes to its ticket's owner as a command.

Deciding is the owner's: a tick that comes twice, too early or for a due time that no longer holds changes
nothing there. So the clock may be killed at any moment, and nothing needs to be remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.command import TicketCommand
from schemas.event import Event, Part, UtcTime
from schemas.ticket import Sla, SlaClock
from workers.ports import CommandLog, PolicyLog
from workers.processors.broker_time import BrokerTime
from workers.processors.take_up import is_ticket
from workers.processors.ticket_commands import command_record
from workers.routing.commands.clock import OWN_ACTOR
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.sla_ticks import Tick, pending_ticks

FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 300.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class _Ticket(Part):
    ticket_id: str
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


class ClockLogic:
    """`ScheduleLogic` of one partition of `tickets.state`. Memory holds the tickets that have something to tell."""

    def __init__(self, needs: ClockDependencies) -> None:
        self._needs = needs
        self._policy: CompiledPolicy | None = None
        self._states: dict[str, _State] = {}
        self._ticks: dict[str, dict[str, Tick]] = {}
        self._tries: dict[str, int] = {}
        self._changes: dict[str, int | None] = {}

    async def acquire(self) -> None:
        await self._needs.policies.refresh()

    def apply(self, key: str, value: bytes | None) -> None:
        if not is_ticket(key):
            return
        state = None if value is None else _State.read(value)
        if state is None or not _is_due_some_time(state.ticket.sla):
            self._states.pop(key, None)
            state = None
        else:
            self._states[key] = state
        self._set(key, state)

    def entries(self) -> Mapping[str, int]:
        self._follow_policy()
        return {entry: _ms(tick.at) for ticks in self._ticks.values() for entry, tick in ticks.items()}

    def changes(self) -> Mapping[str, int | None]:
        """Also those that another policy makes."""
        self._follow_policy()
        changes, self._changes = self._changes, {}
        return changes

    def now_ms(self) -> int:
        return int((self._needs.time.now() - _EPOCH) / _MS)

    async def fire(self, due: Sequence[str]) -> Mapping[str, int]:
        known = {entry: tick for entry in due if (tick := self._tick(entry)) is not None}
        time, sent_at = self._needs.time, self._needs.time.own()
        commands = [command_of(entry, tick, time.now()) for entry, tick in known.items()]
        taken = await self._needs.commands.append([command_record(command) for command in commands])
        if taken:
            time.learn(sent_at, taken[-1], time.own())
        return {
            entry: self._again(entry, tick, taken_at)
            for (entry, tick), taken_at in zip(known.items(), taken, strict=True)
        }

    def _again(self, entry: str, tick: Tick, taken_at: datetime) -> int:
        """When to tick again: at its time where our clock was ahead, else later and later."""
        if taken_at < tick.at:
            return _ms(tick.at)
        tries = self._tries[entry] = self._tries.get(entry, 0) + 1
        wait = min(FIRST_RETRY_SECONDS * 2 ** (tries - 1), LONGEST_RETRY_SECONDS)
        return _ms(taken_at + timedelta(seconds=wait))

    def _tick(self, entry: str) -> Tick | None:
        return self._ticks.get(entry.partition("|")[0], {}).get(entry)

    def _set(self, ticket_id: str, state: _State | None) -> None:
        before = self._ticks.pop(ticket_id, {})
        after = self._pending(state) if state is not None else {}
        if after:
            self._ticks[ticket_id] = after
        for entry in before.keys() - after.keys():
            self._changes[entry] = None
            self._tries.pop(entry, None)
        self._changes |= {entry: _ms(tick.at) for entry, tick in after.items() if tick != before.get(entry)}

    def _pending(self, state: _State) -> dict[str, Tick]:
        ticket = state.ticket
        ticks = pending_ticks(ticket.sla, ticket.opened_at, state.clock, self._follow_policy())
        return {entry_of(ticket.ticket_id, tick): tick for tick in ticks}

    def _follow_policy(self) -> CompiledPolicy:
        """The policy that is live now; another one than before moves warnings."""
        live = self._needs.policies.current
        if self._policy is None or self._policy.version != live.version:
            self._policy = compile_policy(live.policy, live.version)
            for ticket_id, state in self._states.items():
                self._set(ticket_id, state)
        return self._policy


def entry_of(ticket_id: str, tick: Tick) -> str:
    """One per ticket, clock, event and due time: the name of the tick wherever it is known."""
    return f"{ticket_id}|{tick.kind}|{tick.clock}|{tick.due_at.isoformat().replace('+00:00', 'Z')}"


def command_of(entry: str, tick: Tick, at: datetime) -> TicketCommand:
    """Its id is the entry, so that the same tick is the same command however often it is sent."""
    ticket_id = entry.partition("|")[0]
    due_at = entry.rpartition("|")[2]
    return TicketCommand(
        command_id=entry,
        ticket_id=ticket_id,
        kind="clock",
        actor=OWN_ACTOR,
        at=at,
        value={"kind": tick.kind, "clock": tick.clock, "due_at": due_at},
    )


def _is_due_some_time(sla: Sla | None) -> bool:
    """Not while paused, and not when both clocks stopped."""
    return sla is not None and (sla.respond_due_at, sla.resolve_due_at) != (None, None)


def _ms(at: datetime) -> int:
    """The first millisecond that is not before it: the broker's clock has no finer ones."""
    return -((_EPOCH - at) // _MS)
