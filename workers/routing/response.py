"""A suppressed mail and the ticket that it belongs to: it joins without a revision, or it is only receipted."""

from __future__ import annotations

from schemas.decision import Step
from schemas.mail import EnrichedMail
from schemas.ticket import Cause, MessageTag, RoutedTicket, TicketState
from workers.routing.claim_acceptance import judge_claim
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.flags import DELIVERY_FAILED, flag_set
from workers.routing.identity import Signer
from workers.routing.mail_receipt import forwarded_step, mail_receipt, sender_step, without_effect
from workers.routing.outcome import Decided
from workers.routing.privacy import next_private_to
from workers.routing.receipts import chosen, step
from workers.routing.requirements import NOTHING_MORE, message_requirements
from workers.routing.revision import next_revision
from workers.routing.rights import Rights
from workers.routing.suppression import is_signed_bounce
from workers.routing.tags import published, remember, tag_of


def suppress_alone(mail: EnrichedMail, because: str, policy: CompiledPolicy, rights: Rights) -> Decided:
    """No ticket to join: a receipt is all."""
    receipt = mail_receipt(mail, "suppressed", because, None, policy, rights, _first_steps(mail))
    return without_effect("suppressed", receipt)


def suppress_response(
    mail: EnrichedMail,
    because: str,
    state: TicketState,
    policy: CompiledPolicy,
    rights: Rights,
    signer: Signer,
) -> Decided:
    """Joins where its claim is accepted, or as a bounce with our signed id; else it is only receipted.

    Never forwarded, for a stranger's machine would open a ticket by it.
    """
    bounce = is_signed_bounce(mail, state.ticket.ticket_id)
    claim = judge_claim(mail, state, rights)
    how = _BY_SIGNATURE if bounce else claim.step
    steps = (*_first_steps(mail), how)
    if not (bounce or claim.accepted):
        receipt = mail_receipt(mail, "suppressed", f"{because}; claim refused", state, policy, rights, steps)
        return without_effect("suppressed", receipt)
    private_to, private_step = next_private_to(state, policy)
    adds_nothing = bounce or claim.internal
    ticket = state.ticket
    book = policy.unknown_senders_book
    own = NOTHING_MORE if adds_nothing else message_requirements(mail, book, ticket.requires, None)
    tag = tag_of(mail, own, private_to, suppressed=True)
    failed = _delivery_failed(mail, ticket, policy, signer) if bounce else None
    return _joined(mail, because, state, tag, failed, policy, rights, (*steps, private_step))


def _joined(
    mail: EnrichedMail,
    because: str,
    state: TicketState,
    tag: MessageTag,
    failed: RoutedTicket | None,
    policy: CompiledPolicy,
    rights: Rights,
    steps: tuple[Step, ...],
) -> Decided:
    ticket = failed or state.ticket
    after = state.model_copy(update={"ticket": ticket, "messages": remember(state.messages, tag)})
    revision = failed.revision if failed else None
    receipt = mail_receipt(mail, "suppressed", f"{because}; joined", state, policy, rights, steps, revision)
    tags = (published(tag, ticket.ticket_id, ticket.revision),)
    return Decided("suppressed", failed, after, tags, (), receipt)


def _delivery_failed(
    mail: EnrichedMail, ticket: RoutedTicket, policy: CompiledPolicy, signer: Signer
) -> RoutedTicket | None:
    """The one thing that a response changes: a new revision where the flag is new, else None."""
    if DELIVERY_FAILED in ticket.flags:
        return None
    cause = Cause(kind="follow-up", id=mail.delivery_id)
    return next_revision(
        ticket, cause, policy.version, signer, {"flags": flag_set(ticket.flags, (DELIVERY_FAILED,))}
    )


def _first_steps(mail: EnrichedMail) -> tuple[Step, ...]:
    return (*forwarded_step(mail), sender_step(mail.sender))


_BY_SIGNATURE = step(
    "claim", "accepted", "signed id", (chosen("signature", "a bounce with our signed id of this ticket"),)
)
