"""Which mail opens no ticket and changes none: proven responses, and automatic mail where a mailbox suppresses it."""

from schemas.mail import EnrichedMail
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.duplicates import is_released


def suppressed_because(mail: EnrichedMail, policy: CompiledPolicy) -> str | None:
    """Why the mail is suppressed; None: it is routed. Released mail always is."""
    if is_released(mail):
        return None
    if mail.proven_response:
        return f"proven response: {mail.classification}"
    mailbox = policy.mailbox(mail.mailbox)
    if mailbox is not None and mailbox.automatic == "suppress" and mail.classification != "human":
        return f"the mailbox suppresses automatic mail: {mail.classification}"
    return None


def is_signed_bounce(mail: EnrichedMail, ticket_id: str) -> bool:
    """Whether it is a bounce that carries our signed id of this ticket: then it joins, whoever sent it."""
    if mail.classification != "bounce" or not mail.proven_response:
        return False
    return mail.bounced_ticket == ticket_id or (mail.claim.signed and mail.claim.ticket_id == ticket_id)


def bounced_elsewhere(mail: EnrichedMail) -> str | None:
    """The ticket that a bounce belongs to by our signed id, where that is not the one that it claimed."""
    if is_released(mail) or mail.classification != "bounce" or not mail.proven_response:
        return None
    return mail.bounced_ticket if mail.bounced_ticket != mail.ticket_id else None
