"""The receipt of a delivery, with everything that is needed to decide it again (P3, P7)."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.decision import RoutingDecision, Step
from schemas.mail import EnrichedMail, Sender
from schemas.ticket import TicketState
from schemas.unchecked import unchecked
from schemas.vocabulary import UNRESOLVED, Outcome
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.decider_version import DECIDER_VERSION
from workers.routing.outcome import Decided
from workers.routing.receipts import chosen, lost, step
from workers.routing.rights import Rights

_receipt = unchecked(RoutingDecision)


def mail_receipt(
    mail: EnrichedMail,
    outcome: Outcome,
    reason: str,
    state: TicketState | None,
    policy: CompiledPolicy,
    rights: Rights,
    steps: Iterable[Step] = (),
    revision: int | None = None,
) -> RoutingDecision:
    """To be built last: it lists the rights that were read."""
    return _receipt(
        delivery_id=mail.delivery_id,
        ticket_id=mail.ticket_id,
        outcome=outcome,
        attempt=mail.attempt,
        supersedes=mail.supersedes,
        source=mail.source,
        revision=revision,
        state_before=state,
        rights=rights.read,
        policy_version=policy.version,
        directory_version=mail.directory_version,
        decider_version=DECIDER_VERSION,
        steps=tuple(steps),
        reason=reason,
    )


def without_effect(outcome: Outcome, receipt: RoutingDecision) -> Decided:
    """A decision that is receipted and changes nothing."""
    return Decided(outcome, None, None, (), (), receipt)


def sender_step(sender: Sender) -> Step:
    """Which contact the sender is, and which others the address could mean."""
    others = (
        lost(f"contact:{candidate.contact_id}", "a lower id was taken; its book is required all the same")
        for candidate in sender.candidates
        if candidate.contact_id != sender.contact_id
    )
    if sender.contact_id is None:
        return step("sender", None, "the directory has no such address or domain", others)
    books = " ".join(sender.address_books) or UNRESOLVED
    taken = chosen(f"contact:{sender.contact_id}", f"matched by {sender.matched_by}; books {books}")
    return step("sender", sender.contact_id, f"contact:{sender.contact_id}", (taken, *others))


def forwarded_step(mail: EnrichedMail) -> tuple[Step, ...]:
    """From which ticket the delivery came here, and why it could not stay there."""
    if mail.forwarded_from is None:
        return ()
    return (step("forwarded", mail.ticket_id, mail.forwarded_because or "forwarded", ()),)
