"""What a person should look at on a ticket. Flags never change an assignment or a right (R17, R18).

Warnings about who wrote and how stay with the ticket; marks of its latest mail go with the next mail; what a
handler or recipient lacks is found anew at each revision.
"""

from collections.abc import Iterable, Sequence

from schemas.access import Requires
from schemas.event import id_set
from schemas.mail import EnrichedMail
from schemas.ticket import MessageTag, TicketState
from workers.routing.access import missing_requirements
from workers.routing.requirements import required
from workers.routing.rights import Rights

AMBIGUOUS_SENDER = "ambiguous_sender"
DELIVERY_FAILED = "delivery_failed"
HANDLER_LACKS_ACCESS = "handler_lacks_access"
HANDLER_LACKS_PROCESS = "handler_lacks_process"
INTERNAL = "internal"
LATE = "late"
NO_AUTOMATIC_ANSWER = "no_automatic_answer"
RECIPIENT_LACKS_ACCESS = "recipient_lacks_access"
THREAD_REFUSED = "thread_refused"
UNPARSED = "unparsed"
UNVERIFIED_SENDER = "unverified_sender"

_OF_TICKET = frozenset({AMBIGUOUS_SENDER, DELIVERY_FAILED, THREAD_REFUSED, UNPARSED, UNVERIFIED_SENDER})
_OF_LATEST_MAIL = frozenset({INTERNAL, LATE, NO_AUTOMATIC_ANSWER})


def flags_of_mail(mail: EnrichedMail, state: TicketState | None) -> frozenset[str]:
    """What the mail itself gives. Flags that its claim gives are added where the claim is judged."""
    found: set[str] = set()
    if mail.sender.ambiguous:
        found.add(AMBIGUOUS_SENDER)
    if is_late(mail, state):
        found.add(LATE)
    if mail.classification != "human":
        found.add(NO_AUTOMATIC_ANSWER)
    if mail.forwarded_because == THREAD_REFUSED:
        found.add(THREAD_REFUSED)
    if mail.unparsed:
        found.add(UNPARSED)
    return frozenset(found)


def is_late(mail: EnrichedMail, state: TicketState | None) -> bool:
    """Tried again, or overtaken on its way from the ticket that it had claimed (P2)."""
    if mail.attempt > 0:
        return True
    return mail.forwarded_from is not None and state is not None and mail.received_at < state.last_received_at


def kept_flags(flags: Iterable[str], *, by_mail: bool) -> frozenset[str]:
    """The flags of the revision before that stay; a mail takes the marks of the mail before it away."""
    kept = _OF_TICKET if by_mail else _OF_TICKET | _OF_LATEST_MAIL
    return kept.intersection(flags)


def access_flags(
    handler: str | None,
    process: str,
    ticket_requires: Requires,
    messages: Sequence[MessageTag],
    rights: Rights,
) -> frozenset[str]:
    """What the handler lacks for the ticket with all its messages, and recipients for those private to them."""
    found: set[str] = set()
    if handler is not None:
        needed = _sum(ticket_requires, messages)
        found.update(f"{HANDLER_LACKS_ACCESS}:{m}" for m in missing_requirements(handler, needed, rights))
        if not rights.held(handler, "processes", process):
            found.add(HANDLER_LACKS_PROCESS)
    for recipient in sorted({tag.private_to for tag in messages if tag.private_to is not None}):
        needed = _sum(ticket_requires, [tag for tag in messages if tag.private_to == recipient])
        missing = missing_requirements(recipient, needed, rights)
        found.update(f"{RECIPIENT_LACKS_ACCESS}:{m}" for m in missing)
    return frozenset(found)


def flag_set(*flags: Iterable[str]) -> tuple[str, ...]:
    """Sorted and unique."""
    found: set[str] = set()
    for some in flags:
        found.update(some)
    return id_set(found)


def _sum(requires: Requires, messages: Sequence[MessageTag]) -> Requires:
    """The ticket's requirements and those of the messages that add any."""
    books, areas, groups = set(requires.address_books), set(requires.areas), set(requires.user_groups)
    known = len(books) + len(areas) + len(groups)
    for tag in messages:
        own = tag.requires
        books.update(own.address_books)
        if own.areas:
            areas.update(own.areas)
        if own.user_groups:
            groups.update(own.user_groups)
    if len(books) + len(areas) + len(groups) == known:
        return requires  # most messages add none
    return required(id_set(books), id_set(areas), id_set(groups))
