"""A candidate policy's shadow: kept history decided under it, beside what was decided. Nothing is written."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass

from pydantic import ValidationError

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail
from schemas.ticket import TicketState
from schemas.unchecked import unchecked
from workers.errors import InvalidInput
from workers.processors.kept_history import TOLD_EVERY, KeptHistory
from workers.processors.kept_inputs import KeptDecision
from workers.processors.kept_receipt import KeptReceipt
from workers.processors.policy_archive import PolicyArchive
from workers.processors.shadow_report import ShadowReport
from workers.processors.state_chain import StateChain
from workers.routing.apply_command import DecidedCommand
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decide_again import Cause, Redecided, decide_again, decide_on
from workers.routing.identity import Signer
from workers.routing.outcome import Forward
from workers.routing.rerouted_access import with_left_over
from workers.routing.rights import Rights
from workers.routing.sender_now import with_sender_of
from workers.routing.ticket_differences import Outcomes

Step = Callable[[int], None]

_mail, _new_outcomes = unchecked(EnrichedMail), unchecked(Outcomes)

_SAME = b""
"""Stands in for a ticket that was opened in the period and is the same under both so far."""


@dataclass(slots=True)
class FollowedLane:
    """One partition: the tickets that were opened or are not the same under both, and counts of its decisions."""

    diverged: Mapping[str, bytes]
    decisions: int = 0
    not_repeatable: int = 0


FollowLanes = Callable[[KeptHistory, Step], AsyncGenerator[FollowedLane, None]]
"""All partitions in their order. A lane is read before the next one is asked for."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """What shadow routing needs. `users`: for rights that were not read then, and for who sees what.

    `diverged` holds the tickets of one partition that were opened or are not the same under both: a `Spool`, so
    that memory does not grow with history. `directory`: the fields of the directory view, where senders and
    rights shall be those of now; None: as recorded with each decision. `elsewhere` follows the lanes where that is
    not done here.
    """

    policies: PolicyArchive
    candidate: CompiledPolicy
    signer: Signer
    users: Mapping[str, ResolvedUser]
    diverged: MutableMapping[str, bytes]
    directory: Mapping[str, bytes] | None = None
    elsewhere: FollowLanes | None = None

    async def cast(
        self, history: KeptHistory, report: ShadowReport, step: Step = lambda _: None
    ) -> AsyncIterator[tuple[str, Outcomes]]:
        """The tickets that would be others at the end of the period, by partition and id.

        Each ticket goes its own way under the candidate from the period's first decision on; one that was opened
        before starts as it was. `report` counts the decisions. Raises `DependencyUnavailable`.
        """
        async with aclosing((self.elsewhere or self._here)(history, step)) as lanes:
            async for lane in lanes:
                report.decisions += lane.decisions
                report.not_repeatable += lane.not_repeatable
                for ticket_id, value in lane.diverged.items():
                    if value != _SAME and report.selection.takes(outcomes := Outcomes.read(value)):
                        yield ticket_id, outcomes

    async def follow(self, history: KeptHistory, partition: int, step: Step) -> FollowedLane:
        """One partition's decisions, in their order. What `diverged` held before is gone."""
        self.diverged.clear()
        lane, chain = FollowedLane(self.diverged), StateChain()
        async for kept in history.decisions(partition):
            lane.decisions += 1
            lane.not_repeatable += not self._follow(kept, chain)
            if lane.decisions % TOLD_EVERY == 0:
                step(lane.decisions)
        return lane

    async def _here(self, history: KeptHistory, step: Step) -> AsyncGenerator[FollowedLane, None]:
        done = 0
        for partition in await history.partitions():
            lane = await self.follow(history, partition, lambda more, before=done: step(before + more))  # type: ignore[misc]
            done += lane.decisions
            yield lane

    def _follow(self, kept: KeptDecision, chain: StateChain) -> bool:
        """False: the decision can't be repeated."""
        receipt, cause = kept.receipt, kept.cause
        if receipt is None:
            return False
        known = self.diverged.get(receipt.ticket_id)
        policy, repeatable = self.policies.get(receipt.policy_version), True
        if cause is None or policy is None:
            repeatable = not receipt.was_decided
        elif not self._is_same_so_far(cause, receipt, known):
            try:
                self._decide(cause, receipt, policy, chain, known)
            except (LookupError, InvalidInput, ValidationError):
                repeatable = False
            else:
                return True
        chain.forget(receipt.ticket_id)
        return repeatable

    def _is_same_so_far(self, cause: Cause, receipt: KeptReceipt, known: bytes | None) -> bool:
        """Whether deciding under the candidate would give what was decided, and no more than that."""
        before_period = known is None and receipt.state_before is not None
        if _is_rerouting(cause):  # of a ticket from before the period: what was re-routed is what shall be
            return before_period
        unchanged = self.directory is None and self.candidate.version == receipt.policy_version
        if not unchanged or known not in (None, _SAME):
            return False
        if not before_period and known is None:
            self.diverged[receipt.ticket_id] = _SAME
        return True

    def _decide(
        self,
        cause: Cause,
        receipt: KeptReceipt,
        policy: CompiledPolicy,
        chain: StateChain,
        known: bytes | None,
    ) -> None:
        state = chain.before(receipt.ticket_id, receipt.state_before).state
        decided = decide_again(cause, receipt, state, policy, self.signer)
        if isinstance(decided, DecidedCommand) and decided.retired is not None:
            self.diverged.pop(receipt.ticket_id, None)  # it is gone: nothing of it can change any more
            return
        before = _outcomes(known, state)
        outcomes = _new_outcomes(
            decided=_after(decided, state),
            shadow=self._rerouted(receipt, before.shadow, state, decided)
            if _is_rerouting(cause)
            else self._shadow(cause, receipt, before.shadow, decided),
            opened_here=before.opened_here,
        )
        self._keep(receipt, outcomes, known)
        chain.left(receipt.ticket_id, outcomes.decided)

    def _shadow(
        self, cause: Cause, receipt: KeptReceipt, state: TicketState | None, decided: Redecided
    ) -> TicketState | None:
        """The ticket after it; what the candidate can't decide, or sends elsewhere, leaves it as it was."""
        if isinstance(cause, TicketCommand):
            if not isinstance(decided, Forward) and decided.receipt.outcome == "applied":
                cause = cause.model_copy(update={"expected_revision": None})
        else:
            cause = self._under_candidate(cause)
        try:
            again = decide_on(cause, receipt, state, self.candidate, self._rights(receipt), self.signer)
        except InvalidInput:
            return state
        return _after(again, state)

    def _rerouted(
        self,
        receipt: KeptReceipt,
        shadow: TicketState | None,
        state: TicketState | None,
        decided: Redecided,
    ) -> TicketState | None:
        """What it corrected, the candidate gave before, or shall not give; what it could not take away stays."""
        after = _after(decided, state)
        if shadow is None or state is None or after is None:
            return shadow
        return with_left_over(shadow, state, after, self._rights(receipt))

    def _under_candidate(self, mail: EnrichedMail) -> EnrichedMail:
        mail = _mail(**{**mail.__dict__, "policy_version": self.candidate.version})
        if self.directory is None:
            return mail
        return with_sender_of(mail, self.directory, self.candidate.policy.free_mail_domains)

    def _rights(self, receipt: KeptReceipt) -> Rights:
        if self.directory is None:
            return Rights.recorded_else(receipt.rights, self.users)
        return Rights(self.users)

    def _keep(self, receipt: KeptReceipt, outcomes: Outcomes, known: bytes | None) -> None:
        """What is kept already need not be written: most tickets stay the same."""
        kept = outcomes.write() if outcomes.differ else _SAME if outcomes.opened_here else None
        if kept == known:
            return
        if kept is None:
            del self.diverged[receipt.ticket_id]
        else:
            self.diverged[receipt.ticket_id] = kept


def _outcomes(known: bytes | None, state: TicketState | None) -> Outcomes:
    """Of a ticket before a decision, by what is kept of it."""
    if known is None or known == _SAME:
        opened_here = known is not None or state is None
        return _new_outcomes(decided=state, shadow=state, opened_here=opened_here)
    return Outcomes.read(known)


def _is_rerouting(cause: Cause) -> bool:
    return isinstance(cause, TicketCommand) and cause.kind == "reroute"


def _after(decided: Redecided, before: TicketState | None) -> TicketState | None:
    return before if isinstance(decided, Forward) or decided.state is None else decided.state
