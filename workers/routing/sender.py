"""Who wrote a mail, and which contact groups that gives (R3, R56; DESIGN part 5, "How the fields are chosen")."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from schemas.addresses import domain_of
from schemas.directory_view import (
    Candidates,
    ResolvedContact,
    UserOfMail,
    address_field,
    domain_field,
    user_mail_field,
)
from schemas.event import id_set
from schemas.mail import Envelope, GroupVia, Sender, SenderCandidate
from schemas.vocabulary import UNRESOLVED, MatchedBy
from workers.routing.address_headers import address_key
from workers.routing.parsed_mail import ParsedMail


@dataclass(frozen=True, slots=True)
class Authors:
    """Everybody whom the mail names as its author, normalised; empty for whom it does not name."""

    from_: str = ""
    reply_to: str = ""
    original_from: str = ""
    envelope: str = ""

    def named(self, behind_trusted_relay: bool) -> tuple[str, str]:
        """The author's address and where it stands. A relay that we trust names the one it wrote for."""
        of_relay = ((self.original_from, "x-original-from"), (self.reply_to, "reply-to"))
        always = ((self.from_, "from"), (self.envelope, "envelope"))
        for address, place in (*(of_relay if behind_trusted_relay else ()), *always):
            if address:
                return address, place
        return "", "envelope"


@dataclass(frozen=True, slots=True)
class FoundSender:
    sender: Sender
    groups: tuple[GroupVia, ...]


def authors_of(mail: ParsedMail, envelope: Envelope) -> Authors:
    """The authors as the mail and its envelope name them."""
    return Authors(
        from_=address_key(mail.from_address),
        reply_to=address_key(mail.reply_to_address),
        original_from=address_key(mail.original_from_address),
        envelope=address_key(envelope.mail_from),
    )


def lookups_for(authors: Authors) -> tuple[str, ...]:
    """Fields of the directory view that `find_sender` may need, whichever policy is then live; sorted."""
    addresses = {authors.from_, authors.reply_to, authors.original_from, authors.envelope} - {""}
    fields = (
        (address_field(address), domain_field(domain_of(address)), user_mail_field(address))
        for address in addresses
    )
    return tuple(sorted({field for each in fields for field in each}))


def find_sender(
    authors: Authors,
    directory: Mapping[str, bytes],
    *,
    behind_trusted_relay: bool,
    free_mail_domains: Collection[str],
) -> FoundSender:
    """The author among the contacts: by the exact address, else a company by exactly this domain.

    A sub-domain counts only where the directory lists it. `directory`: the fields of `lookups_for` that
    exist. Several candidates: the lowest id is the sender, and the books of all are required.
    """
    address, named_by = authors.named(behind_trusted_relay)
    matched_by, candidates = _matches(address, directory, free_mail_domains)
    chosen = candidates[0] if candidates else None
    user = directory.get(user_mail_field(address)) if address else None
    sender = Sender(
        address=address,
        contact_id=chosen.contact_id if chosen else None,
        company_id=chosen.company_id if chosen else None,
        address_books=id_set(each.address_book or UNRESOLVED for each in candidates),
        matched_by=matched_by,
        ambiguous=len(candidates) > 1,
        candidates=tuple(_candidate(each) for each in candidates),
        user_id=UserOfMail.read(user).user_id if user is not None else None,
        named_by=named_by,
    )
    return FoundSender(sender, groups_via(chosen) if chosen else ())


def _matches(
    address: str, directory: Mapping[str, bytes], free_mail_domains: Collection[str]
) -> tuple[MatchedBy, tuple[ResolvedContact, ...]]:
    by_address = _candidates(directory.get(address_field(address))) if address else ()
    if by_address:
        return "address", by_address
    domain = domain_of(address)
    if domain and domain not in free_mail_domains:
        by_domain = _candidates(directory.get(domain_field(domain)))
        if by_domain:
            return "domain", by_domain
    return "none", ()


def _candidates(value: bytes | None) -> tuple[ResolvedContact, ...]:
    if value is None:
        return ()
    return tuple(sorted(Candidates.read(value).candidates, key=lambda each: each.contact_id))


def _candidate(contact: ResolvedContact) -> SenderCandidate:
    return SenderCandidate(
        contact_id=contact.contact_id, company_id=contact.company_id, address_book=contact.address_book
    )


def groups_via(contact: ResolvedContact) -> tuple[GroupVia, ...]:
    """Its groups as a mail of its own has them."""
    return tuple(
        GroupVia(
            group_id=group.group_id,
            via_contact_id=group.via_contact_id,
            distance=group.distance,
            type=group.type,
        )
        for group in contact.groups
    )
