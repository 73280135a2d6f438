"""Who wrote: which address counts, and which contacts it means (R56)."""

from schemas.directory_view import Candidates, ResolvedContact, ResolvedGroup, UserOfMail
from tests.support.builders import an_envelope, raw_mail
from workers.adapters.mime_parser import read_mail
from workers.routing.sender import Authors, FoundSender, authors_of, find_sender, lookups_for


def a_contact(
    contact_id: str, book: str | None = "customers", company: str | None = "c-acme"
) -> ResolvedContact:
    return ResolvedContact(contact_id=contact_id, kind="person", address_book=book, company_id=company)


def a_directory(**fields: tuple[ResolvedContact, ...]) -> dict[str, bytes]:
    """Fields of the view; `_` in the names here stands for `/`, and `AT` for `@`."""
    return {
        name.replace("_", "/", 1).replace("AT", "@").replace("DOT", "."): Candidates(candidates=found).write()
        for name, found in fields.items()
    }


def found(
    authors: Authors, directory: dict[str, bytes], *, relay: bool = False, free: tuple[str, ...] = ()
) -> FoundSender:
    return find_sender(authors, directory, behind_trusted_relay=relay, free_mail_domains=free)


JAN = Authors(from_="jan@acme.test", envelope="bounces@acme.test")


def test_the_exact_address_is_matched_first() -> None:
    """The person, not the company, where both are listed."""
    directory = a_directory(
        address_janATacmeDOTtest=(a_contact("p-jan"),), domain_acmeDOTtest=(a_contact("c-acme"),)
    )
    sender = found(JAN, directory).sender

    assert ("p-jan", "address", "from") == (sender.contact_id, sender.matched_by, sender.named_by)


def test_a_company_is_matched_by_its_domain() -> None:
    """An employee whom the directory does not list."""
    sender = found(JAN, a_directory(domain_acmeDOTtest=(a_contact("c-acme"),))).sender

    assert ("c-acme", "domain") == (sender.contact_id, sender.matched_by)


def test_a_free_mail_domain_matches_nobody() -> None:
    """Else all strangers of a provider were one customer."""
    sender = found(JAN, a_directory(domain_acmeDOTtest=(a_contact("c-acme"),)), free=("acme.test",)).sender

    assert (None, "none", ()) == (sender.contact_id, sender.matched_by, sender.address_books)


def test_a_sub_domain_is_not_the_company() -> None:
    """Hosted sub-domains belong to anybody: only what the directory lists counts."""
    authors = Authors(from_="jan@shop.acme.test")

    assert "none" == found(authors, a_directory(domain_acmeDOTtest=(a_contact("c-acme"),))).sender.matched_by


def test_a_plus_tag_is_part_of_the_address() -> None:
    """It may be another person's mailbox."""
    directory = a_directory(address_janATacmeDOTtest=(a_contact("p-jan"),))

    assert found(Authors(from_="jan+x@acme.test"), directory).sender.contact_id is None


def test_of_several_candidates_the_lowest_id_and_the_books_of_all() -> None:
    """Rights are never merged: whoever reads it must hold every book."""
    several = (a_contact("p-2", "board"), a_contact("p-1", "customers"), a_contact("p-3", None))
    sender = found(JAN, a_directory(address_janATacmeDOTtest=several)).sender

    assert ("p-1", True) == (sender.contact_id, sender.ambiguous)
    assert ("?", "board", "customers") == sender.address_books
    assert ["p-1", "p-2", "p-3"] == [each.contact_id for each in sender.candidates]


def test_groups_are_those_of_the_chosen_candidate() -> None:
    """With the way by which each came."""
    group = ResolvedGroup(group_id="key", type="customers", via_contact_id="c-acme", distance=1)
    jan = a_contact("p-jan").model_copy(update={"groups": (group,)})

    (via,) = found(JAN, a_directory(address_janATacmeDOTtest=(jan,))).groups

    assert ("key", "c-acme", 1) == (via.group_id, via.via_contact_id, via.distance)


def test_reply_to_counts_behind_a_trusted_relay_only() -> None:
    """Anybody can write a Reply-To of somebody else."""
    authors = Authors(from_="form@acme.example", reply_to="jan@acme.test")

    assert "form@acme.example" == found(authors, {}).sender.address
    assert "jan@acme.test" == found(authors, {}, relay=True).sender.address


def test_x_original_from_beats_reply_to() -> None:
    """A list that rewrites From keeps the author there."""
    authors = Authors(from_="list@l.test", reply_to="list@l.test", original_from="jan@acme.test")
    sender = found(authors, {}, relay=True).sender

    assert ("jan@acme.test", "x-original-from") == (sender.address, sender.named_by)


def test_without_a_readable_from_the_envelope_counts() -> None:
    """DESIGN part 5."""
    mail = read_mail(raw_mail(sender="undisclosed:;"))
    sender = found(authors_of(mail, an_envelope(mail_from="Jan@ACME.test")), {}).sender

    assert ("jan@acme.test", "envelope") == (sender.address, sender.named_by)


def test_nobody_wrote_a_mail_without_any_address() -> None:
    """The null sender and no From: matched with nobody, and nothing is looked up."""
    authors = authors_of(read_mail(raw_mail(sender=None)), an_envelope(mail_from=""))

    assert () == lookups_for(authors)
    assert ("", "none") == (found(authors, {}).sender.address, found(authors, {}).sender.matched_by)


def test_a_colleague_is_known_by_address() -> None:
    """The directory's user of this address."""
    directory = {"user-mail/jan@acme.test": UserOfMail(user_id="jan").write()}

    assert "jan" == found(JAN, directory).sender.user_id


def test_all_that_may_be_needed_is_looked_up_at_once() -> None:
    """The policy that then is live may trust the relay or not."""
    authors = Authors(from_="a@x.test", reply_to="b@x.test")

    assert {
        *("address/a@x.test", "address/b@x.test", "domain/x.test"),
        *("user-mail/a@x.test", "user-mail/b@x.test"),
    } == set(lookups_for(authors))
