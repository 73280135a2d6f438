"""The ticket that a mail claims. DESIGN part 4: a claim proves nothing, it only says where to ask."""

from collections.abc import Sequence

from schemas.mail import Claim
from schemas.unchecked import unchecked
from schemas.vocabulary import ClaimKind
from workers.routing.identity import Signer, first_ticket
from workers.routing.mail_head import MailHead

_claim = unchecked(Claim)


def claim_of(head: MailHead, mailbox: str, plus_tags: Sequence[str], signer: Signer) -> Claim:
    """The first of: a signed id in a plus-address, in References (from the right), in In-Reply-To; a signed
    subject token; else the thread's root.

    An own Message-ID that is one of ours means that our answer came back: it belongs to its ticket.
    """
    by_id = signer.ticket_of_message_id
    return (
        _proven("plus-address", first_ticket(signer.ticket_of_plus_tag, plus_tags, mailbox))
        or _proven("references", first_ticket(by_id, reversed(head.references), mailbox))
        or _proven("in-reply-to", first_ticket(by_id, head.in_reply_to, mailbox))
        or _proven("subject-token", signer.ticket_of_subject(head.subject, mailbox))
        or _proven("thread-root", by_id(head.message_id, mailbox))
        or _claim(kind="thread-root", ticket_id=signer.ticket_id(mailbox, thread_root(head)), signed=False)
    )


def thread_root(head: MailHead) -> str:
    """The id that all mails of a thread share: where it began, as far as this mail tells."""
    if head.references:
        return head.references[0]
    return head.in_reply_to[0] if head.in_reply_to else head.message_id


def _proven(kind: ClaimKind, ticket_id: str | None) -> Claim | None:
    return None if ticket_id is None else _claim(kind=kind, ticket_id=ticket_id, signed=True)
