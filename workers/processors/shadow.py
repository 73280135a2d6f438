"""A candidate policy's shadow: kept history decided under it, beside what was decided. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass

from schemas.command import TicketCommand
from schemas.decision import RoutingDecision
from schemas.directory_view import ResolvedUser
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
from workers.routing.ticket_differences import Outcomes

Step = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Shadow:
    """What shadow routing needs. `users`: for rights that were not read then, and for who sees what.

    `diverged` holds the tickets of one partition that are not the same under both: a `Spool`, so that memory
    does not grow with history.
    """

    policies: PolicyArchive
    candidate: CompiledPolicy
    signer: Signer
    users: Mapping[str, ResolvedUser]
    diverged: MutableMapping[str, bytes]

    async def cast(
        self, history: KeptHistory, report: ShadowReport, step: Step = lambda _: None
    ) -> ShadowReport:
        """All decisions of the period: each ticket goes its own way under the candidate from the first one on.

        A ticket that was opened before the period starts as it was. The sender's contact and groups are those
        that were recorded. Raises `DependencyUnavailable`.
        """
        for partition in await history.partitions():
            self.diverged.clear()
            async for kept in history.decisions(partition):
                report.decisions += 1
                self._follow(kept, report)
                step(report.decisions)
            for ticket_id in self.diverged:
                report.add(ticket_id, Outcomes.read(self.diverged[ticket_id]), self.users)
        return report

    def _follow(self, kept: KeptDecision, report: ShadowReport) -> None:
        receipt, cause = kept.receipt, kept.cause
        policy = self.policies.get(receipt.policy_version) if receipt else None
        if receipt is None or cause is None or policy is None:
            report.not_repeatable += kept.was_decided or receipt is None
            return
        known = self.diverged.get(receipt.ticket_id)
        if known is None and self.candidate.version == receipt.policy_version:
            return
        try:
            decided = decide_again(cause, receipt, policy, self.signer)
        except (LookupError, InvalidInput):
            report.not_repeatable += 1
            return
        shadow_before = Outcomes.read(known).shadow if known else receipt.state_before
        shadow = self._shadow(cause, receipt, shadow_before, decided)
        self._keep(receipt.ticket_id, Outcomes(decided=_after(decided, receipt.state_before), shadow=shadow))

    def _shadow(
        self, cause: Cause, receipt: RoutingDecision, state: TicketState | None, decided: Redecided
    ) -> TicketState | None:
        """The ticket after it; what the candidate can't decide, or sends elsewhere, leaves it as it was."""
        if isinstance(cause, TicketCommand):
            if cause.kind == "reroute":  # made for another policy: the candidate has no need of it
                return state
            if not isinstance(decided, Forward) and decided.receipt.outcome == "applied":
                cause = cause.model_copy(update={"expected_revision": None})
        else:
            cause = cause.model_copy(update={"policy_version": self.candidate.version})
        rights = Rights.recorded_else(receipt.rights, self.users)
        try:
            again = decide_on(cause, receipt, state, self.candidate, rights, self.signer)
        except InvalidInput:
            return state
        return _after(again, state)

    def _keep(self, ticket_id: str, outcomes: Outcomes) -> None:
        if outcomes.differ:
            self.diverged[ticket_id] = outcomes.write()
        else:
            self.diverged.pop(ticket_id, None)


def _after(decided: Redecided, before: TicketState | None) -> TicketState | None:
    return before if isinstance(decided, Forward) or decided.state is None else decided.state
