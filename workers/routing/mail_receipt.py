"""The receipt of a delivery, with everything that is needed to decide it again (P3, P7)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

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
    candidates = tuple([candidate.contact_id for candidate in sender.candidates])
    return _sender_step(sender.contact_id, candidates, sender.matched_by, sender.address_books)


@lru_cache(maxsize=4_096)
def _sender_step(
    contact_id: str | None, candidates: tuple[str, ...], matched_by: str, address_books: tuple[str, ...]
) -> Step:
    """Customers write more than once."""
    others = (
        lost(f"contact:{candidate}", "a lower id was taken; its book is required all the same")
        for candidate in candidates
        if candidate != contact_id
    )
    if contact_id is None:
        return step("sender", None, "the directory has no such address or domain", others)
    books = " ".join(address_books) or UNRESOLVED
    taken = chosen(f"contact:{contact_id}", f"matched by {matched_by}; books {books}")
    return step("sender", contact_id, f"contact:{contact_id}", (taken, *others))


def forwarded_step(mail: EnrichedMail) -> tuple[Step, ...]:
    """From which ticket the delivery came here, and why it could not stay there."""
    if mail.forwarded_from is None:
        return ()
    return (step("forwarded", mail.ticket_id, mail.forwarded_because or "forwarded", ()),)
