"""The decision on one delivery: a pure function of what was known, the ticket, the policy and the rights (P3)."""

from __future__ import annotations

from schemas.mail import EnrichedMail
from schemas.ticket import RetiredTicket, TicketState
from workers.routing.claim_acceptance import judge_claim, thread_refused
from workers.routing.closed_ticket import continued_elsewhere
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.duplicates import is_duplicate
from workers.routing.follow_up import follow_up
from workers.routing.identity import Signer
from workers.routing.mail_receipt import mail_receipt, without_effect
from workers.routing.new_ticket import open_ticket
from workers.routing.outcome import Decided, Forward
from workers.routing.response import suppress_alone, suppress_response
from workers.routing.retired_ticket import follower_of
from workers.routing.rights import Rights
from workers.routing.suppression import bounced_elsewhere, suppressed_because

__all__ = ["Decided", "Forward", "decide_mail"]


def decide_mail(
    mail: EnrichedMail,
    state: TicketState | None,
    policy: CompiledPolicy,
    rights: Rights,
    signer: Signer,
    gone: RetiredTicket | None = None,
) -> Forward | Decided:
    """What becomes of the delivery on the ticket `mail.ticket_id`, whose state before is `state`.

    `gone`: what is left of that ticket, where it was removed; it only ever sends the delivery on.
    `rights` must be new: its record becomes the receipt's. Raises `InvalidInput` where the mail's mailbox or
    process is no longer in the policy and a new ticket would need it.
    """
    if state is not None and is_duplicate(mail, state):
        receipt = mail_receipt(mail, "duplicate", "the ticket remembers this delivery", state, policy, rights)
        return without_effect("duplicate", receipt)
    elsewhere = bounced_elsewhere(mail)
    if elsewhere is not None:
        return Forward(elsewhere, "bounce")
    because = suppressed_because(mail, policy)
    if state is None:
        if because is not None:
            return suppress_alone(mail, because, policy, rights)
        if gone is not None:
            return follower_of(mail, gone, signer)
        return open_ticket(mail, policy, rights, signer)
    if because is not None:
        return suppress_response(mail, because, state, policy, rights, signer)
    return _join(mail, state, policy, rights, signer)


def _join(
    mail: EnrichedMail, state: TicketState, policy: CompiledPolicy, rights: Rights, signer: Signer
) -> Forward | Decided:
    claim = judge_claim(mail, state, rights)
    if not claim.accepted:
        return thread_refused(mail, signer)
    if not claim.internal and (elsewhere := continued_elsewhere(mail, state, policy, signer)) is not None:
        return elsewhere
    return follow_up(mail, state, claim, policy, rights, signer)
