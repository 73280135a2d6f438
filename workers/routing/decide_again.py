"""A decision made again from what its receipt and its input hold (P3). Nothing is looked up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from schemas.command import TicketCommand
from schemas.mail import EnrichedMail, Source, Supersedes
from schemas.ticket import TicketState
from workers.routing.apply_command import DecidedCommand, decide_command
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decide import decide_mail
from workers.routing.identity import Signer
from workers.routing.outcome import Decided, Forward
from workers.routing.rights import Rights, RightWasRead

Cause = EnrichedMail | TicketCommand
Redecided = Forward | Decided | DecidedCommand


class Recorded(Protocol):
    """What a receipt holds of its decision's inputs, but for the state before: a `RoutingDecision`, or a part."""

    @property
    def source(self) -> Source: ...
    @property
    def attempt(self) -> int: ...
    @property
    def supersedes(self) -> Supersedes | None: ...
    @property
    def directory_version(self) -> str: ...
    @property
    def rights(self) -> Iterable[RightWasRead]: ...


def decide_again(
    cause: Cause, receipt: Recorded, state: TicketState | None, policy: CompiledPolicy, signer: Signer
) -> Redecided:
    """What this program decides on the receipt's input. `policy` is that of its version, `state` its state before.

    Raises `LookupError` where it asks for a right that was not read then, `InvalidInput` like the decision.
    """
    return decide_on(cause, receipt, state, policy, Rights.recorded(receipt.rights), signer)


def decide_on(
    cause: Cause,
    receipt: Recorded,
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
