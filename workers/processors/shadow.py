"""A candidate policy's shadow: kept history decided under it, beside what was decided. Nothing is written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from dataclasses import dataclass

from schemas.command import TicketCommand
from schemas.decision import RoutingDecision
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail
from schemas.ticket import TicketState
from workers.errors import InvalidInput
from workers.processors.kept_history import KeptDecision, KeptHistory
from workers.processors.policy_archive import PolicyArchive
from workers.processors.shadow_report import ShadowReport
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decide_again import Cause, Redecided, decide_again, decide_on
from workers.routing.identity import Signer
from workers.routing.outcome import Forward
from workers.routing.rights import Rights
from workers.routing.sender_now import with_sender_of
from workers.routing.ticket_differences import Outcomes

Step = Callable[[int], None]

_SAME = b""
"""Stands in for a ticket that was opened in the period and is the same under both so far."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """What shadow routing needs. `users`: for rights that were not read then, and for who sees what.

    `diverged` holds the tickets of one partition that were opened or are not the same under both: a `Spool`, so
    that memory does not grow with history. `directory`: the fields of the directory view, where senders and
    rights shall be those of now; None: as recorded with each decision.
    """

    policies: PolicyArchive
    candidate: CompiledPolicy
    signer: Signer
    users: Mapping[str, ResolvedUser]
    diverged: MutableMapping[str, bytes]
    directory: Mapping[str, bytes] | None = None

    async def cast(
        self, history: KeptHistory, report: ShadowReport, step: Step = lambda _: None
    ) -> AsyncIterator[tuple[str, Outcomes]]:
        """The tickets that would be others at the end of the period, by partition and id.

        Each ticket goes its own way under the candidate from the period's first decision on; one that was opened
        before starts as it was. `report` counts the decisions. Raises `DependencyUnavailable`.
        """
        for partition in await history.partitions():
            self.diverged.clear()
            async for kept in history.decisions(partition):
                report.decisions += 1
                self._follow(kept, report)
                step(report.decisions)
            for ticket_id, value in self.diverged.items():
                if value != _SAME and report.selection.takes(outcomes := Outcomes.read(value)):
                    yield ticket_id, outcomes

    def _follow(self, kept: KeptDecision, report: ShadowReport) -> None:
        receipt, cause = kept.receipt, kept.cause
        policy = self.policies.get(receipt.policy_version) if receipt else None
        if receipt is None or cause is None or policy is None:
            report.not_repeatable += kept.was_decided or receipt is None
            return
        known = self._known(receipt)
        unchanged = self.directory is None and self.candidate.version == receipt.policy_version
        if known is None and (_is_rerouting(cause) or (unchanged and receipt.state_before is not None)):
            return  # a ticket from before the period, the same so far: what was re-routed is what shall be
        try:
            decided = decide_again(cause, receipt, policy, self.signer)
        except (LookupError, InvalidInput):
            report.not_repeatable += 1
            return
        before = known or Outcomes(decided=receipt.state_before, shadow=receipt.state_before)
        shadow = self._shadow(cause, receipt, before.shadow, decided)
        after = {"decided": _after(decided, receipt.state_before), "shadow": shadow}
        self._keep(receipt, before.model_copy(update=after))

    def _known(self, receipt: RoutingDecision) -> Outcomes | None:
        """None: opened before the period, and the same so far."""
        known = self.diverged.get(receipt.ticket_id)
        if known is None:
            return (
                Outcomes(decided=None, shadow=None, opened_here=True)
                if receipt.state_before is None
                else None
            )
        if known == _SAME:
            return Outcomes(decided=receipt.state_before, shadow=receipt.state_before, opened_here=True)
        return Outcomes.read(known)

    def _shadow(
        self, cause: Cause, receipt: RoutingDecision, state: TicketState | None, decided: Redecided
    ) -> TicketState | None:
        """The ticket after it; what the candidate can't decide, or sends elsewhere, leaves it as it was."""
        if isinstance(cause, TicketCommand):
            if _is_rerouting(cause):  # what it corrected, the candidate gave before, or shall not give
                return state
            if not isinstance(decided, Forward) and decided.receipt.outcome == "applied":
                cause = cause.model_copy(update={"expected_revision": None})
        else:
            cause = self._under_candidate(cause)
        try:
            again = decide_on(cause, receipt, state, self.candidate, self._rights(receipt), self.signer)
        except InvalidInput:
            return state
        return _after(again, state)

    def _under_candidate(self, mail: EnrichedMail) -> EnrichedMail:
        mail = mail.model_copy(update={"policy_version": self.candidate.version})
        if self.directory is None:
            return mail
        return with_sender_of(mail, self.directory, self.candidate.policy.free_mail_domains)

    def _rights(self, receipt: RoutingDecision) -> Rights:
        if self.directory is None:
            return Rights.recorded_else(receipt.rights, self.users)
        return Rights(self.users)

    def _keep(self, receipt: RoutingDecision, outcomes: Outcomes) -> None:
        if outcomes.differ:
            self.diverged[receipt.ticket_id] = outcomes.write()
        elif outcomes.opened_here:
            self.diverged[receipt.ticket_id] = _SAME
        else:
            self.diverged.pop(receipt.ticket_id, None)


def _is_rerouting(cause: Cause) -> bool:
    return isinstance(cause, TicketCommand) and cause.kind == "reroute"


def _after(decided: Redecided, before: TicketState | None) -> TicketState | None:
    return before if isinstance(decided, Forward) or decided.state is None else decided.state
