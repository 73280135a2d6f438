"""The ticket that a mail claims. DESIGN part 4: a claim proves nothing, it only says where to ask."""

from collections.abc import Iterable, Sequence

from schemas.mail import Claim
from schemas.vocabulary import ClaimKind
from workers.routing.identity import Signer
from workers.routing.mail_head import MailHead


def claim_of(head: MailHead, mailbox: str, plus_tags: Sequence[str], signer: Signer) -> Claim:
    """The first of: a signed id in a plus-address, in References (from the right), in In-Reply-To; a signed
    subject token; else the thread's root.

    An own Message-ID that is one of ours means that our answer came back: it belongs to its ticket.
    """
    for kind, ticket_id in _proofs(head, mailbox, plus_tags, signer):
        if ticket_id is not None:
            return Claim(kind=kind, ticket_id=ticket_id, signed=True)
    return Claim(kind="thread-root", ticket_id=signer.ticket_id(mailbox, thread_root(head)), signed=False)


def thread_root(head: MailHead) -> str:
    """The id that all mails of a thread share: where it began, as far as this mail tells."""
    return next(iter((*head.references[:1], *head.in_reply_to[:1], head.message_id)))


def _proofs(
    head: MailHead, mailbox: str, plus_tags: Sequence[str], signer: Signer
) -> Iterable[tuple[ClaimKind, str | None]]:
    yield from (("plus-address", signer.ticket_of_plus_tag(tag, mailbox)) for tag in plus_tags)
    yield from (
        ("references", signer.ticket_of_message_id(id_, mailbox)) for id_ in reversed(head.references)
    )
    yield from (("in-reply-to", signer.ticket_of_message_id(id_, mailbox)) for id_ in head.in_reply_to)
    yield "subject-token", signer.ticket_of_subject(head.subject, mailbox)
    yield "thread-root", signer.ticket_of_message_id(head.message_id, mailbox)
