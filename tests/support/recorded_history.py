"""A history as a lane records it: real decisions, written to topics in memory with all that they publish."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail, Source
from schemas.policy import Policy
from schemas.policy_events import PolicyActivation
from schemas.ticket import TicketState
from schemas.topics import POLICY_ACTIVATIONS, POLICY_VERSIONS, TICKETS_COMMANDS
from tests.support.fake_topics import FakeTopics
from tests.support.routing_builders import SIGNER, a_policy, users
from workers.ports import InRecord
from workers.processors.events_out import EventsOut
from workers.processors.kept_history import KeptHistory, Period
from workers.processors.retired_tickets import as_records, retirement
from workers.processors.route_inputs import taken_at
from workers.routing.apply_command import DecidedCommand, decide_command
from workers.routing.commands.clock import as_taken
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.decide import Decided, decide_mail
from workers.routing.policy_version import as_version
from workers.routing.rights import Rights

EVERYTHING = Period()
STORED_AFTER = timedelta(seconds=1)


class RecordedHistory:
    """One partition. `policy` is the live one; `state` a ticket's state as the lane left it."""

    def __init__(self, directory: Mapping[str, ResolvedUser] | None = None) -> None:
        self.topics = FakeTopics(partitions=1)
        self.directory = users() if directory is None else directory
        self.policy: CompiledPolicy = a_policy()
        self.states: dict[str, TicketState] = {}

    async def live(self, policy: Policy | None = None, actor: str = "admin") -> CompiledPolicy:
        """Publish a policy (default: the usual one) and decide by it from now on."""
        version = as_version(policy or a_policy().policy)
        self.policy = compile_policy(version.policy, version.version)
        await self.topics.publish(POLICY_VERSIONS, version.version, version)
        activation = PolicyActivation(version=version.version, activated_at=self.topics.now, actor=actor)
        await self.topics.publish(POLICY_ACTIVATIONS, "", activation)
        return self.policy

    async def mail(self, mail: EnrichedMail) -> Decided:
        """Decide a mail; it must not be one that its ticket refuses."""
        self.topics.now = mail.received_at + STORED_AFTER
        mail = mail.model_copy(update={"policy_version": self.policy.version})
        state = self.states.get(mail.ticket_id)
        decided = decide_mail(mail, state, self.policy, Rights(self.directory), SIGNER)
        assert isinstance(decided, Decided), decided
        out = self._out(mail.source.offset, "mail.inbound")
        await self._write(out, decided, mail)
        return decided

    async def command(self, command: TicketCommand) -> DecidedCommand:
        """Write a command, and decide it."""
        self.topics.now = max(self.topics.now, command.at + STORED_AFTER)
        await self.topics.publish(TICKETS_COMMANDS, command.ticket_id, command)
        ends = await self.topics.ends([TICKETS_COMMANDS])
        return await self.decide_command(command, ends[TICKETS_COMMANDS.name, 0] - 1)

    async def decide_command(self, command: TicketCommand, offset: int) -> DecidedCommand:
        """One that is in `tickets.commands` already."""
        source = Source(topic=TICKETS_COMMANDS.name, partition=0, offset=offset)
        command = as_taken(command, taken_at(self.topics.log(TICKETS_COMMANDS.name)[offset]))
        state = self.states.get(command.ticket_id)
        rights = Rights(self.directory)
        decided = decide_command(command, state, self.policy, rights, SIGNER, source, "1")
        await self._write(self._out(offset, TICKETS_COMMANDS.name), decided, None)
        return decided

    def kept(self, period: Period = EVERYTHING) -> KeptHistory:
        return KeptHistory(self.reader, period)

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[FakeTopics]:
        yield self.topics

    def spoil(self, topic: str, number: int, old: bytes, new: bytes) -> None:
        """Change bytes of a record in its place, as nobody should."""
        log = self.topics.log(topic)
        record = log[number]
        assert record.value is not None
        assert old in record.value
        log[number] = record._replace(value=record.value.replace(old, new))

    def _out(self, offset: int, topic: str) -> EventsOut:
        return EventsOut("", 0, InRecord(topic, 0, offset, 0, None, None), self.topics.now)

    async def _write(
        self, out: EventsOut, decided: Decided | DecidedCommand, mail: EnrichedMail | None
    ) -> None:
        """In the order in which a lane writes them."""
        records = [] if mail is None else [out.enriched(mail)]
        if isinstance(decided, DecidedCommand):
            records.append(out.result(decided.result))
            if decided.retired is not None:
                records += as_records(retirement(decided.retired), "", 0)
                del self.states[decided.retired.ticket_id]
        if decided.ticket is not None:
            records.append(out.routed(decided.ticket))
        records += [
            *map(out.tag, decided.tags),
            *map(out.sla, decided.sla_events),
            out.receipt(decided.receipt),
        ]
        if decided.state is not None:
            records.append(out.state(decided.state))
            self.states[decided.state.ticket.ticket_id] = decided.state
        await self.topics.write(records)
