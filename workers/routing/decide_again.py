"""A decision made again from what its receipt and its input hold (P3). Nothing is looked up."""

from __future__ import annotations

from dataclasses import replace

from schemas.command import TicketCommand
from schemas.decision import RoutingDecision
from schemas.mail import EnrichedMail
from schemas.ticket import TicketState
from workers.routing.apply_command import DecidedCommand, decide_command
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decide import decide_mail
from workers.routing.identity import Signer
from workers.routing.outcome import Decided, Forward
from workers.routing.rights import Rights

Cause = EnrichedMail | TicketCommand
Redecided = Forward | Decided | DecidedCommand


def decide_again(cause: Cause, receipt: RoutingDecision, policy: CompiledPolicy, signer: Signer) -> Redecided:
    """What this program decides on the receipt's input. `policy` is that of `receipt.policy_version`.

    Raises `LookupError` where it asks for a right that was not read then, `InvalidInput` like the decision.
    """
    rights = Rights.recorded(receipt.rights)
    return decide_on(cause, receipt, receipt.state_before, policy, rights, signer)


def decide_on(
    cause: Cause,
    receipt: RoutingDecision,
    state: TicketState | None,
    policy: CompiledPolicy,
    rights: Rights,
    signer: Signer,
) -> Redecided:
    """The same with another state, policy or rights: where the input lay, and which attempt it was, stay."""
    if isinstance(cause, EnrichedMail):
        return decide_mail(cause, state, policy, rights, signer)
    decided = decide_command(cause, state, policy, rights, signer, receipt.source, receipt.directory_version)
    again = {"attempt": receipt.attempt, "supersedes": receipt.supersedes}
    return replace(decided, receipt=decided.receipt.model_copy(update=again))
