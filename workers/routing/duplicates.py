"""The same mail accepted twice for one mailbox: it is receipted, and changes nothing."""

from schemas.mail import EnrichedMail
from schemas.ticket import MessageTag, TicketState


def remembered(mail: EnrichedMail, state: TicketState) -> MessageTag | None:
    """The delivery's tag, if it is among the messages that the ticket still remembers (the latest 200)."""
    return next((tag for tag in state.messages if tag.delivery_id == mail.delivery_id), None)


def is_duplicate(mail: EnrichedMail, state: TicketState) -> bool:
    """A suppressed response that is released comes again under its id, and is no duplicate the first time."""
    tag = remembered(mail, state)
    return tag is not None and not (tag.suppressed and is_released(mail))


def is_released(mail: EnrichedMail) -> bool:
    """Whether an operator let a suppressed delivery through."""
    return mail.supersedes is not None and mail.supersedes.outcome == "suppressed"
