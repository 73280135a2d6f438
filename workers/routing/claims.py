"""The ticket that a mail claims. DESIGN part 4: a claim proves nothing, it only says where to ask."""

from collections.abc import Iterable, Sequence

from schemas.mail import Claim
from schemas.unchecked import unchecked
from schemas.vocabulary import ClaimKind
from workers.routing.identity import Signer
from workers.routing.mail_head import MailHead

_claim = unchecked(Claim)


def claim_of(head: MailHead, mailbox: str, plus_tags: Sequence[str], signer: Signer) -> Claim:
    """The first of: a signed id in a plus-address, in References (from the right), in In-Reply-To; a signed
    subject token; else the thread's root.

    An own Message-ID that is one of ours means that our answer came back: it belongs to its ticket.
    """
    return (
        _by_address(mailbox, plus_tags, signer)
        or _by_ids("references", reversed(head.references), mailbox, signer)
        or _by_ids("in-reply-to", head.in_reply_to, mailbox, signer)
        or _proven("subject-token", signer.ticket_of_subject(head.subject, mailbox))
        or _by_ids("thread-root", (head.message_id,), mailbox, signer)
        or _claim(kind="thread-root", ticket_id=signer.ticket_id(mailbox, thread_root(head)), signed=False)
    )


def thread_root(head: MailHead) -> str:
    """The id that all mails of a thread share: where it began, as far as this mail tells."""
    if head.references:
        return head.references[0]
    return head.in_reply_to[0] if head.in_reply_to else head.message_id


def _by_address(mailbox: str, plus_tags: Sequence[str], signer: Signer) -> Claim | None:
    for tag in plus_tags:
        claim = _proven("plus-address", signer.ticket_of_plus_tag(tag, mailbox))
        if claim is not None:
            return claim
    return None


def _by_ids(kind: ClaimKind, ids: Iterable[str], mailbox: str, signer: Signer) -> Claim | None:
    for id_ in ids:
        claim = _proven(kind, signer.ticket_of_message_id(id_, mailbox))
        if claim is not None:
            return claim
    return None


def _proven(kind: ClaimKind, ticket_id: str | None) -> Claim | None:
    return None if ticket_id is None else _claim(kind=kind, ticket_id=ticket_id, signed=True)
