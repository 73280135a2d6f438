"""One lane's decisions under a candidate policy, beside what was decided. Nothing waits here."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from pydantic import ValidationError

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.ticket import TicketState
from schemas.unchecked import unchecked
from workers.errors import InvalidInput
from workers.processors.kept_inputs import KeptDecision
from workers.processors.kept_receipt import KeptReceipt
from workers.processors.policy_archive import PolicyArchive
from workers.processors.state_chain import StateChain
from workers.routing.apply_command import DecidedCommand
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decide_again import Cause, Redecided, decide_again, decide_on
from workers.routing.identity import Signer
from workers.routing.outcome import Forward
from workers.routing.rerouted_access import with_left_over
from workers.routing.rights import Rights
from workers.routing.sender_now import with_sender_of
from workers.routing.ticket_differences import Outcomes, differ

_new_outcomes = unchecked(Outcomes)

SAME = b""
"""Stands in for a ticket that was opened in the period and is the same under both so far."""


class ShadowLane:
    """See `Shadow`, whose parts these are. `diverged` is filled."""

    def __init__(
        self,
        policies: PolicyArchive,
        candidate: CompiledPolicy,
        signer: Signer,
        users: Mapping[str, ResolvedUser],
        directory: Mapping[str, bytes] | None,
        diverged: MutableMapping[str, bytes],
    ) -> None:
        self._policies = policies
        self._candidate = candidate
        self._signer = signer
        self._users = users
        self._directory = directory
        self._diverged = diverged
        self._chain = StateChain()

    def follow(self, kept: KeptDecision) -> bool:
        """False: the decision can't be repeated."""
        receipt, cause = kept.receipt, kept.cause
        if receipt is None:
            return False
        known = self._diverged.get(receipt.ticket_id)
        policy, repeatable = self._policies.get(receipt.policy_version), True
        if cause is None or policy is None:
            repeatable = not receipt.was_decided
        elif not self._is_same_so_far(cause, receipt, written := receipt.state_before, known):
            try:
                self._decide(cause, receipt, written, policy, known)
            except (LookupError, InvalidInput, ValidationError):
                repeatable = False
            else:
                return True
        self._chain.forget(receipt.ticket_id)
        return repeatable

    def _is_same_so_far(
        self, cause: Cause, receipt: KeptReceipt, written: bytes | None, known: bytes | None
    ) -> bool:
        """Whether deciding under the candidate would give what was decided, and no more than that.

        `written`: the state before, as the receipt has it.
        """
        before_period = known is None and written is not None
        if _is_rerouting(cause):  # of a ticket from before the period: what was re-routed is what shall be
            return before_period
        unchanged = self._directory is None and self._candidate.version == receipt.policy_version
        if not unchanged or known not in (None, SAME):
            return False
        if not before_period and known is None:
            self._diverged[receipt.ticket_id] = SAME
        return True

    def _decide(
        self,
        cause: Cause,
        receipt: KeptReceipt,
        written: bytes | None,
        policy: CompiledPolicy,
        known: bytes | None,
    ) -> None:
        state = self._chain.before(receipt.ticket_id, written).state
        decided = decide_again(cause, receipt, state, policy, self._signer)
        if isinstance(decided, DecidedCommand) and decided.retired is not None:
            self._diverged.pop(receipt.ticket_id, None)  # it is gone: nothing of it can change any more
            return
        before, opened_here = state, known is not None or state is None
        if known is not None and known != SAME:
            kept = Outcomes.read(known)
            before, opened_here = kept.shadow, kept.opened_here
        if _is_rerouting(cause):
            shadow = self._rerouted(receipt, before, state, decided)
        else:
            shadow = self._shadow(cause, receipt, before, decided)
        after = _after(decided, state)
        self._keep(receipt, after, shadow, opened_here, known)
        self._chain.left(receipt.ticket_id, after)

    def _shadow(
        self, cause: Cause, receipt: KeptReceipt, state: TicketState | None, decided: Redecided
    ) -> TicketState | None:
        """The ticket after it; what the candidate can't decide, or sends elsewhere, leaves it as it was.

        The policy that the mail names is left as it is: no decision looks at it.
        """
        if isinstance(cause, TicketCommand):
            if not isinstance(decided, Forward) and decided.receipt.outcome == "applied":
                cause = cause.model_copy(update={"expected_revision": None})
        elif self._directory is not None:
            cause = with_sender_of(cause, self._directory, self._candidate.policy.free_mail_domains)
        try:
            again = decide_on(cause, receipt, state, self._candidate, self._rights(receipt), self._signer)
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

    def _rights(self, receipt: KeptReceipt) -> Rights:
        if self._directory is None:
            return Rights.recorded_else(receipt.rights, self._users)
        return Rights(self._users)

    def _keep(
        self,
        receipt: KeptReceipt,
        decided: TicketState | None,
        shadow: TicketState | None,
        opened_here: bool,
        known: bytes | None,
    ) -> None:
        """What is kept already need not be written: most tickets stay the same."""
        kept: bytes | None = SAME if opened_here else None
        if differ(decided, shadow):
            kept = _new_outcomes(decided=decided, shadow=shadow, opened_here=opened_here).write()
        if kept == known:
            return
        if kept is None:
            del self._diverged[receipt.ticket_id]
        else:
            self._diverged[receipt.ticket_id] = kept


def _is_rerouting(cause: Cause) -> bool:
    return isinstance(cause, TicketCommand) and cause.kind == "reroute"


def _after(decided: Redecided, before: TicketState | None) -> TicketState | None:
    return before if isinstance(decided, Forward) or decided.state is None else decided.state
