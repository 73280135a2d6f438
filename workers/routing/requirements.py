"""What a ticket and a message require of their viewers (P4, R14, R41, R43)."""

from functools import lru_cache

from schemas.access import Requires
from schemas.decision import Step
from schemas.event import id_set
from schemas.mail import EnrichedMail, Sender
from schemas.vocabulary import UNRESOLVED
from workers.routing.receipts import chosen, step

NOTHING_MORE = Requires()
"""What mail by internal senders and by machines adds to its ticket's requirements."""


def sender_books(sender: Sender, unknown_senders_book: str) -> tuple[str, ...]:
    """The books of the sender and of every candidate; of a stranger the policy's book for such.

    A known sender whose book could not be resolved requires `?`, which nobody holds.
    """
    if not sender.candidates:
        if sender.contact_id is None:
            return (unknown_senders_book or UNRESOLVED,)
        return id_set(sender.address_books or (UNRESOLVED,))
    named = [candidate.address_book or UNRESOLVED for candidate in sender.candidates]
    return id_set([*sender.address_books, *named])


def ticket_requirements(books: tuple[str, ...], area: str, user_group: str | None) -> Requires:
    """The ticket's own, from its first mail and its assignments."""
    return required(books, (area or UNRESOLVED,), (user_group,) if user_group else ())


@lru_cache(maxsize=16_384)
def required(
    address_books: tuple[str, ...], areas: tuple[str, ...] = (), user_groups: tuple[str, ...] = ()
) -> Requires:
    """Frozen, and the same few over and over: books, areas and user groups are few."""
    return Requires(address_books=address_books, areas=areas, user_groups=user_groups)


def message_requirements(
    mail: EnrichedMail, unknown_senders_book: str, ticket: Requires, user_group: str | None
) -> Requires:
    """The message's own: the books of its sender.

    A follow-up whose sender's groups chose another user group than the ticket requires adds that one too: a
    user group narrows who sees the communication (R14), and the ticket keeps what it required before.
    """
    narrower = () if user_group is None or user_group in ticket.user_groups else (user_group,)
    return required(sender_books(mail.sender, unknown_senders_book), (), narrower)


def requirements_step(mail: EnrichedMail, own: Requires, ticket: Requires) -> Step:
    """What the message and its ticket require together, and which contact brought which book."""
    named = _named(
        own.address_books + ticket.address_books,
        own.areas + ticket.areas,
        own.user_groups + ticket.user_groups,
    )
    sender = mail.sender
    candidates = tuple([(candidate.contact_id, candidate.address_book) for candidate in sender.candidates])
    return _requirements_step(named, sender.contact_id, candidates)


@lru_cache(maxsize=4_096)
def _requirements_step(
    named: str, contact_id: str | None, candidates: tuple[tuple[str, str | None], ...]
) -> Step:
    """Customers write more than once."""
    looked = [chosen(f"contact:{id}", f"in book {book or UNRESOLVED}") for id, book in candidates]
    return step("requires", named, f"contact:{contact_id}" if contact_id else "unknown sender", looked)


@lru_cache(maxsize=16_384)
def _named(books: tuple[str, ...], areas: tuple[str, ...], user_groups: tuple[str, ...]) -> str:
    kinds = (("address_books", books), ("areas", areas), ("user_groups", user_groups))
    return " ".join(f"{kind}:{id}" for kind, ids in kinds for id in id_set(ids))
