"""One batch's turn: applies the pure decisions in order and gathers what they write."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail, Source
from schemas.ticket import RetiredTicket, TicketState
from workers.errors import InvalidInput
from workers.ports import BatchOutcome, InRecord, OutRecord
from workers.processors.directory_lookup import DirectoryFields
from workers.processors.events_out import EventsOut
from workers.processors.retired_tickets import as_records, retirement
from workers.processors.route_inputs import (
    Command,
    Delivery,
    Discarded,
    Forwarded,
    Item,
    Poison,
    bug_reason,
    source_of,
)
from workers.processors.set_aside import (
    Versions,
    as_poison,
    dead_lettered_receipt,
    discarded_receipt,
    letter_of,
    of_attempt,
    refusal_of,
)
from workers.processors.take_up import TakeUps, memory_records
from workers.processors.traced_work import trace_of, work_on
from workers.routing.apply_command import DecidedCommand, decide_command
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decide import Decided, Forward, decide_mail
from workers.routing.rights import Rights
from workers.work_ports import Work

if TYPE_CHECKING:
    from workers.processors.route import RouteDependencies


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read for the batch: the directory at one version, and the tickets before it.

    `taken`: what the lane remembers of records that it took up again. `gone`: of tickets that were removed.
    """

    directory: DirectoryFields
    states: dict[str, TicketState]
    users: dict[str, ResolvedUser]
    taken: dict[str, bytes] = field(default_factory=dict)
    gone: dict[str, RetiredTicket] = field(default_factory=dict)


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
        self._gone = dict(facts.gone)
        self._take_ups = TakeUps(facts.taken)
        self._versions = Versions(policy.version, str(facts.directory.version))
        self._outputs: list[OutRecord] = []
        self._view: dict[str, bytes | None] = {}
        self._own_faults: list[bool] = []
        self._work: list[Work] = []

    def apply(self, item: Item) -> None:
        """One record's effect. Whatever our code raises on it sets this record aside and no other (P8).

        A record that was taken up before has none. The brake does not count what a person ordered.
        """
        if not self._take_ups.admits(self._place(item.record), item.take_up):
            self._own_faults.append(False)
            return
        before = len(self._outputs)
        try:
            self._dispatch(item)
        except InvalidInput as error:  # a mailbox that left the policy: to be redriven when it is back
            del self._outputs[before:]
            item = replace(as_poison(item, error.public), own_fault=False)
            self._set_aside(item)
        except Exception as error:  # noqa: BLE001  # a bug on one record; nothing of it may be written by halves
            del self._outputs[before:]
            item = as_poison(item, bug_reason(error))
            self._set_aside(item)
        self._own_faults.append(isinstance(item, Poison) and item.own_fault and item.take_up is None)

    def outcome(self) -> BatchOutcome:
        remembered = memory_records(self._take_ups.updates, self._needs.prefix, self._partition)
        view = {**self._view, **self._take_ups.updates}
        return BatchOutcome([*self._outputs, *remembered], view, self._own_faults, self._work)

    def _place(self, record: InRecord) -> Source:
        return source_of(record, record.topic.removeprefix(self._needs.prefix))

    def _dispatch(self, item: Item) -> None:
        if isinstance(item, Delivery):
            self._decide(item, self._enriched(item))
        elif isinstance(item, Forwarded):
            version = {"policy_version": self._policy.version}
            self._decide(item, of_attempt(item.mail.model_copy(update=version), item.take_up))
        elif isinstance(item, Command):
            self._command(item)
        elif isinstance(item, Discarded):
            self._discard(item)
        else:
            self._set_aside(item)

    def _enriched(self, item: Delivery) -> EnrichedMail:
        directory = self._facts.directory
        mail = self._needs.enricher.finish(
            item.prepared, directory.values, str(directory.version), self._policy
        )
        return of_attempt(mail, item.take_up)

    def _decide(self, item: Delivery | Forwarded, mail: EnrichedMail) -> None:
        out = self._out(item, mail.received_at)
        state = self._states.get(mail.ticket_id)
        gone = self._gone.get(mail.ticket_id)
        decision = decide_mail(mail, state, self._policy, self._rights(), self._needs.signer, gone)
        if isinstance(decision, Forward):
            self._outputs.append(out.forwarded(decision.moved(mail)))
            self._needs.observer.forwarded()
            self._done(out, "forwarded", delivery_id=mail.delivery_id, ticket_id=mail.ticket_id)
            return
        self._outputs.append(out.enriched(mail))
        self._write(out, decision)
        self._needs.observer.decided(decision.outcome, mail.classification)
        self._done(out, decision.outcome, delivery_id=mail.delivery_id, ticket_id=mail.ticket_id)

    def _command(self, item: Command) -> None:
        command = item.command
        out = self._out(item, command.at)
        ids = {"command_id": command.command_id, "ticket_id": command.ticket_id}
        if self._needs.partitions.of(command.ticket_id) != self._partition:
            self._outputs.append(_sent_on(out, item))
            self._done(out, "sent-on", **ids)
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
        self._outputs.append(out.result(decided.result))
        if item.take_up is not None:
            again = {"attempt": item.take_up.attempt, "supersedes": item.take_up.supersedes}
            decided = replace(decided, receipt=decided.receipt.model_copy(update=again))
        self._write(out, decided)
        if decided.retired is not None:
            self._retire(decided.retired)
        self._needs.observer.commanded(command.kind, decided.result.accepted)
        self._done(out, "accepted" if decided.result.accepted else "refused", **ids)

    def _write(self, out: EventsOut, decided: Decided | DecidedCommand) -> None:
        if decided.ticket is not None:
            self._outputs.append(out.routed(decided.ticket))
        self._outputs.extend(out.tag(tag) for tag in decided.tags)
        for event in decided.sla_events:
            self._outputs.append(out.sla(event))
            self._needs.observer.sla_told(event.kind, event.late)
        self._outputs.append(out.receipt(decided.receipt))
        if decided.state is not None:
            record = out.state(decided.state)
            ticket_id = decided.state.ticket.ticket_id
            self._outputs.append(record)
            self._states[ticket_id] = decided.state
            self._view[ticket_id] = record.value

    def _retire(self, gone: RetiredTicket) -> None:
        fields = retirement(gone)
        self._outputs.extend(as_records(fields, self._needs.prefix, self._partition))
        self._view.update(fields)
        self._states.pop(gone.ticket_id, None)
        self._gone[gone.ticket_id] = gone

    def _set_aside(self, poison: Poison) -> None:
        at = datetime.fromtimestamp(poison.record.timestamp_ms / 1000, UTC)
        out = self._out(poison, at)
        self._outputs.append(out.dead_letter(letter_of(poison, at)))
        self._outputs.append(out.receipt(dead_lettered_receipt(poison, self._versions)))
        if poison.command_id is not None:
            self._outputs.append(out.result(refusal_of(poison, poison.command_id, at)))
        self._needs.observer.set_aside(poison.stage, poison.own_fault)
        self._done(out, "dead-lettered", delivery_id=poison.delivery_id, command_id=poison.command_id)

    def _discard(self, item: Discarded) -> None:
        out = self._out(item, item.take_up.at)
        self._outputs.append(out.receipt(discarded_receipt(item, self._versions)))
        self._done(out, "discarded", delivery_id=item.delivery_id, command_id=item.command_id)

    def _done(self, out: EventsOut, outcome: str, **ids: str | None) -> None:
        self._work.append(work_on(out.cause, "route", outcome, out.trace, **ids))

    def _rights(self) -> Rights:
        return Rights(self._facts.users)

    def _out(self, item: Item, at: datetime) -> EventsOut:
        trace = trace_of(item.record, self._needs.tracing, item.take_up.attempt if item.take_up else 0)
        return EventsOut(self._needs.prefix, self._partition, item.record, at, trace)


def _sent_on(out: EventsOut, item: Command) -> OutRecord:
    """To its ticket's own lane, where a command that was redriven is still that attempt of the same record."""
    ticket_id = item.command.ticket_id
    if item.take_up is None:
        return out.command_elsewhere(ticket_id)
    return out.order_elsewhere(item.take_up, ticket_id)
