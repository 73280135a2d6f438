"""The decision on one command: authorised, applied once, answered (P3, R23, R41, R42)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.command import CommandResult, SlaEvent, TicketCommand
from schemas.decision import RoutingDecision, Step
from schemas.event import id_set
from schemas.mail import Source
from schemas.privacy import PrivacyTaggedMessage
from schemas.ticket import Cause, MessageTag, RetiredTicket, RoutedTicket, TicketState
from workers.routing.command_authority import NO_TICKET_OR_RIGHT, authorise
from workers.routing.commands.area import move
from workers.routing.commands.assign import assign
from workers.routing.commands.clock import RETIRE, tick
from workers.routing.commands.effect import Effect, Given, Refusal
from workers.routing.commands.private import change_privacy
from workers.routing.commands.reroute import reroute
from workers.routing.commands.responded import note_response
from workers.routing.commands.retire import retire
from workers.routing.commands.severity import evaluate_severity
from workers.routing.commands.sla import change_sla
from workers.routing.commands.status import change_status, reopen, resolve
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decider_version import DECIDER_VERSION
from workers.routing.flags import access_flags, flag_set, kept_flags
from workers.routing.identity import Signer
from workers.routing.receipts import step
from workers.routing.revision import next_revision, with_sources
from workers.routing.rights import Rights
from workers.routing.sla_clock import sla_event
from workers.routing.tags import published, remember

_OWN_CAUSES = ("clock", "reroute")

COMMANDS_REMEMBERED = 100
"""A command that comes again after so many others is applied again, where `expected_revision` does not stop it."""


@dataclass(frozen=True, slots=True)
class DecidedCommand:
    """One command's whole effect. `ticket` and `state` None: it changed nothing, or removed the ticket (`retired`)."""

    result: CommandResult
    ticket: RoutedTicket | None
    state: TicketState | None
    tags: tuple[PrivacyTaggedMessage, ...]
    sla_events: tuple[SlaEvent, ...]
    receipt: RoutingDecision
    retired: RetiredTicket | None = None


_KINDS: Mapping[str, Callable[[Given], Effect | Refusal]] = {
    "severity": evaluate_severity,
    "status": change_status,
    "responded": note_response,
    "resolved": resolve,
    "reopened": reopen,
    "assign": assign,
    "area": move,
    "private": change_privacy,
    "sla": change_sla,
    "reroute": reroute,
    "clock": tick,
}


def decide_command(
    command: TicketCommand,
    state: TicketState | None,
    policy: CompiledPolicy,
    rights: Rights,
    signer: Signer,
    source: Source,
    directory_version: str,
) -> DecidedCommand:
    """What the command does to its ticket, whose state before is `state`. `rights` must be new.

    Raises nothing for whatever others may write into a command: it is refused with its reason.
    """
    answer = _Answer(command, state, policy, rights, source, directory_version)
    if state is None:
        return answer.refused(NO_TICKET_OR_RIGHT, None, ())
    allowed, authority = authorise(command, state, rights)
    if not allowed:
        return answer.refused(NO_TICKET_OR_RIGHT, None, (authority,))
    revision = state.ticket.revision
    if command.command_id in state.recent_commands:
        return answer.repeated(revision, authority)
    if command.expected_revision not in (None, revision):
        return answer.refused(f"the ticket's revision is {revision}", revision, (authority,))
    effect = _effect(Given(command, state, policy, rights))
    if isinstance(effect, Refusal):
        return answer.refused(effect.reason, revision, (authority,))
    if isinstance(effect, RetiredTicket):
        return answer.retired(effect, revision, authority)
    return answer.applied(state, effect, authority, signer)


def _effect(given: Given) -> Effect | RetiredTicket | Refusal:
    if given.command.kind == RETIRE:
        return retire(given)
    apply = _KINDS.get(given.command.kind)
    return apply(given) if apply else Refusal("no such kind of command")


def after_effect(
    state: TicketState, effect: Effect, rights: Rights
) -> tuple[dict[str, object], tuple[MessageTag, ...]]:
    """The ticket's new fields, with the flags that they give, and its messages with their latest tags."""
    messages = state.messages
    for tag in effect.retagged:
        messages = remember(messages, tag)
    before, changes = state.ticket, dict(effect.ticket)
    if effect.sources:
        changes["sources"] = with_sources(before.sources, effect.sources)
    after = before.model_copy(update=changes)
    changes["flags"] = flag_set(
        kept_flags(before.flags, by_mail=False),
        access_flags(after.handler, after.process, after.requires, messages, rights),
    )
    return changes, messages


@dataclass(frozen=True, slots=True)
class _Answer:
    """Builds the outcome of one command."""

    command: TicketCommand
    state: TicketState | None
    policy: CompiledPolicy
    rights: Rights
    source: Source
    directory_version: str

    def refused(self, reason: str, revision: int | None, steps: tuple[Step, ...]) -> DecidedCommand:
        result = self._result(False, reason, revision)
        return DecidedCommand(result, None, None, (), (), self._receipt("refused", reason, None, steps))

    def repeated(self, revision: int, authority: Step) -> DecidedCommand:
        """The same command again: accepted as before, with nothing done."""
        reason = "applied already"
        result = self._result(True, reason, revision)
        receipt = self._receipt("duplicate", reason, None, (authority,))
        return DecidedCommand(result, None, None, (), (), receipt)

    def retired(self, gone: RetiredTicket, revision: int, authority: Step) -> DecidedCommand:
        """The ticket's last revision stays what downstream knows of it."""
        reason = "retired"
        done = step(RETIRE, reason, f"command:{self.command.command_id}", ())
        receipt = self._receipt("applied", reason, None, (authority, done))
        return DecidedCommand(self._result(True, reason, revision), None, None, (), (), receipt, gone)

    def applied(self, state: TicketState, effect: Effect, authority: Step, signer: Signer) -> DecidedCommand:
        changes, messages = after_effect(state, effect, self.rights)
        ticket = self._ticket(state, changes, signer)
        done = step(self.command.kind, effect.reason, f"command:{self.command.command_id}", effect.looked)
        return DecidedCommand(
            result=self._result(True, effect.reason, ticket.revision),
            ticket=ticket,
            state=self._state(state, effect, ticket, messages),
            tags=tuple(published(tag, ticket.ticket_id, ticket.revision) for tag in effect.retagged),
            sla_events=self._events(effect, ticket),
            receipt=self._receipt("applied", effect.reason, ticket.revision, (authority, done)),
        )

    def _ticket(self, state: TicketState, changes: dict[str, object], signer: Signer) -> RoutedTicket:
        kind = self.command.kind if self.command.kind in _OWN_CAUSES else "command"
        cause = Cause(kind=kind, id=self.command.command_id)
        return next_revision(state.ticket, cause, self.policy.version, signer, changes)

    def _state(
        self, state: TicketState, effect: Effect, ticket: RoutedTicket, messages: tuple[MessageTag, ...]
    ) -> TicketState:
        update = {
            **effect.state,
            "ticket": ticket,
            "messages": messages,
            "set_by_command": id_set((*state.set_by_command, *effect.set_by_command)),
            "recent_commands": (*state.recent_commands, self.command.command_id)[-COMMANDS_REMEMBERED:],
        }
        return state.model_copy(update=update)

    def _events(self, effect: Effect, ticket: RoutedTicket) -> tuple[SlaEvent, ...]:
        at = self.command.at
        return tuple(
            sla_event(news.kind, ticket, news.sla, at, clock=news.clock, due_at=news.due_at, late=news.late)
            for news in effect.news
        )

    def _result(self, accepted: bool, reason: str, revision: int | None) -> CommandResult:
        command = self.command
        return CommandResult(
            command_id=command.command_id,
            ticket_id=command.ticket_id,
            kind=command.kind,
            accepted=accepted,
            reason=reason,
            revision=revision,
            at=command.at,
        )

    def _receipt(
        self, outcome: str, reason: str, revision: int | None, steps: tuple[Step, ...]
    ) -> RoutingDecision:
        return RoutingDecision(
            command_id=self.command.command_id,
            ticket_id=self.command.ticket_id,
            outcome=outcome,
            source=self.source,
            revision=revision,
            state_before=self.state,
            rights=self.rights.read,
            policy_version=self.policy.version,
            directory_version=self.directory_version,
            decider_version=DECIDER_VERSION,
            steps=steps,
            reason=reason,
        )
