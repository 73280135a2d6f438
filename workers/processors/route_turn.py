"""One batch's turn: applies the pure decisions in order and gathers what they write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemas.command import CommandResult
from schemas.dead_letter import DeadLetter
from schemas.decision import RoutingDecision
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail
from schemas.ticket import TicketState
from workers.errors import InvalidInput
from workers.ports import BatchOutcome, InRecord, OutRecord
from workers.processors.directory_lookup import DirectoryFields
from workers.processors.events_out import EventsOut
from workers.processors.route_inputs import Command, Delivery, Forwarded, Item, Poison, bug_reason, source_of
from workers.routing.apply_command import DecidedCommand, decide_command
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decide import Decided, Forward, decide_mail
from workers.routing.decider_version import DECIDER_VERSION
from workers.routing.rights import Rights

if TYPE_CHECKING:
    from workers.processors.route import RouteDependencies


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read for the batch: the directory at one version, and the tickets before it."""

    directory: DirectoryFields
    states: dict[str, TicketState]
    users: dict[str, ResolvedUser]


class RouteTurn:
    """Not reusable: one instance for one call of `RouteLogic.decide`."""

    def __init__(
        self, partition: int, needs: RouteDependencies, policy: CompiledPolicy, facts: Facts
    ) -> None:
        self._partition = partition
        self._needs = needs
        self._policy = policy
        self._facts = facts
        self._states = dict(facts.states)
        self._outputs: list[OutRecord] = []
        self._view: dict[str, bytes | None] = {}
        self._own_faults: list[bool] = []

    def apply(self, item: Item) -> None:
        """One record's effect. Whatever our code raises on it sets this record aside and no other (P8)."""
        before = len(self._outputs)
        try:
            self._dispatch(item)
        except InvalidInput as error:  # such as a mailbox that left the policy: to be redriven when it is back
            del self._outputs[before:]
            item = replace(_as_poison(item, error.public), own_fault=False)
            self._set_aside(item)
        except Exception as error:  # noqa: BLE001  # a bug on one record; nothing of it may be written by halves
            del self._outputs[before:]
            item = _as_poison(item, bug_reason(error))
            self._set_aside(item)
        self._own_faults.append(isinstance(item, Poison) and item.own_fault)

    def outcome(self) -> BatchOutcome:
        return BatchOutcome(self._outputs, self._view, self._own_faults)

    def _dispatch(self, item: Item) -> None:
        if isinstance(item, Delivery):
            self._decide(item.record, self._enriched(item))
        elif isinstance(item, Forwarded):
            version = {"policy_version": self._policy.version}
            self._decide(item.record, item.mail.model_copy(update=version))
        elif isinstance(item, Command):
            self._command(item)
        else:
            self._set_aside(item)

    def _enriched(self, item: Delivery) -> EnrichedMail:
        directory = self._facts.directory
        return self._needs.enricher.finish(
            item.prepared, directory.values, str(directory.version), self._policy
        )

    def _decide(self, record: InRecord, mail: EnrichedMail) -> None:
        out = self._out(record, mail.received_at)
        state = self._states.get(mail.ticket_id)
        decision = decide_mail(mail, state, self._policy, self._rights(), self._needs.signer)
        if isinstance(decision, Forward):
            self._outputs.append(out.forwarded(decision.moved(mail)))
            self._needs.observer.forwarded()
            return
        self._outputs.append(out.enriched(mail))
        self._write(out, decision)
        self._needs.observer.decided(decision.outcome, mail.classification)

    def _command(self, item: Command) -> None:
        command = item.command
        out = self._out(item.record, command.at)
        if self._needs.partitions.of(command.ticket_id) != self._partition:
            self._outputs.append(out.command_elsewhere(command.ticket_id))
            return
        decided = decide_command(
            command,
            self._states.get(command.ticket_id),
            self._policy,
            self._rights(),
            self._needs.signer,
            source_of(item.record, "tickets.commands"),
            str(self._facts.directory.version),
        )
        self._write(out, decided)
        self._outputs.append(out.result(decided.result))
        self._needs.observer.commanded(command.kind, decided.result.accepted)

    def _write(self, out: EventsOut, decided: Decided | DecidedCommand) -> None:
        if decided.ticket is not None:
            self._outputs.append(out.routed(decided.ticket))
        self._outputs.extend(out.tag(tag) for tag in decided.tags)
        self._outputs.extend(out.sla(event) for event in decided.sla_events)
        self._outputs.append(out.receipt(decided.receipt))
        if decided.state is not None:
            record = out.state(decided.state)
            ticket_id = decided.state.ticket.ticket_id
            self._outputs.append(record)
            self._states[ticket_id] = decided.state
            self._view[ticket_id] = record.value

    def _set_aside(self, poison: Poison) -> None:
        at = datetime.fromtimestamp(poison.record.timestamp_ms / 1000, UTC)
        out = self._out(poison.record, at)
        self._outputs.append(out.dead_letter(_letter(poison, at)))
        self._outputs.append(out.receipt(self._receipt_of(poison)))
        if poison.command_id is not None:
            self._outputs.append(out.result(_refusal(poison, poison.command_id, at)))
        self._needs.observer.set_aside(poison.stage, poison.own_fault)

    def _receipt_of(self, poison: Poison) -> RoutingDecision:
        return RoutingDecision(
            delivery_id=poison.delivery_id,
            command_id=poison.command_id,
            ticket_id=poison.ticket_id,
            outcome="dead-lettered",
            source=poison.source,
            revision=None,
            policy_version=self._policy.version,
            directory_version=str(self._facts.directory.version),
            decider_version=DECIDER_VERSION,
            reason=f"{poison.stage}: {poison.reason}",
        )

    def _rights(self) -> Rights:
        return Rights(self._facts.users)

    def _out(self, record: InRecord, at: datetime) -> EventsOut:
        return EventsOut(self._needs.prefix, self._partition, record, at)


def _as_poison(item: Item, reason: str) -> Poison:
    if isinstance(item, Poison):
        return item
    if isinstance(item, Command):
        return Poison(
            record=item.record,
            stage="command",
            reason=reason,
            own_fault=True,
            source=source_of(item.record, "tickets.commands"),
            ticket_id=item.command.ticket_id,
            command_id=item.command.command_id,
            command_kind=item.command.kind,
        )
    source = item.mail.source if isinstance(item, Forwarded) else source_of(item.record, "mail.inbound")
    mail = item.mail if isinstance(item, Forwarded) else item.prepared.inbound
    return Poison(
        record=item.record,
        stage="route",
        reason=reason,
        own_fault=True,
        source=source,
        ticket_id=mail.ticket_id,
        delivery_id=mail.delivery_id,
    )


def _letter(poison: Poison, at: datetime) -> DeadLetter:
    record = poison.record
    return DeadLetter(
        delivery_id=poison.delivery_id,
        stage=poison.stage,
        reason=poison.reason,
        own_fault=poison.own_fault,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        attempt=0,
        at=at,
    )


def _refusal(poison: Poison, command_id: str, at: datetime) -> CommandResult:
    return CommandResult(
        command_id=command_id,
        ticket_id=poison.ticket_id,
        kind=poison.command_kind,
        accepted=False,
        reason=poison.reason,
        revision=None,
        at=at,
    )
