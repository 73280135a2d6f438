"""Who sees what of one message (P4)."""

import pytest

from schemas.access import Requires
from schemas.directory_view import ResolvedUser
from schemas.ticket import MessageTag
from tests.support.routing_builders import a_ticket_state, a_user
from workers.routing.access import GRANTED, verdict
from workers.routing.rights import Rights

TICKET = Requires(address_books=("customers",), areas=("helpdesk",), user_groups=("support",))


def a_tag(**fields: object) -> MessageTag:
    """A message that adds no requirement and is not private, unless told."""
    first = a_ticket_state().messages[0]
    return first.model_copy(update={"requires": Requires(), **fields})


def seen_by(user: ResolvedUser, tag: MessageTag, ticket: Requires = TICKET) -> tuple[str, str]:
    return verdict(user.user_id, ticket, tag, Rights({user.user_id: user}))


def test_a_reader_of_book_and_area_in_the_user_group_sees_the_content() -> None:
    """R40 R43: all requirements met."""
    petr = a_user("petr", areas={"helpdesk": ("reader",)})
    assert ("content", GRANTED) == seen_by(petr, a_tag())


@pytest.mark.parametrize(
    ("lacking", "because"),
    [
        ({"address_books": {}}, "address_books:customers"),
        ({"areas": {}}, "areas:helpdesk"),
        ({"user_groups": ()}, "user_groups:support"),
    ],
)
def test_each_single_requirement_that_is_missed_hides_everything(
    lacking: dict[str, object], because: str
) -> None:
    """R5 R14 R41 R43: those who miss one requirement learn nothing."""
    assert ("nothing", because) == seen_by(a_user("petr", **lacking), a_tag())


@pytest.mark.parametrize("field", ["address_books", "areas"])
def test_a_manager_alone_sees_nothing(field: str) -> None:
    """R7 R41: managing a book or an area shows no content."""
    rights = {"customers": ("manager",), "helpdesk": ("manager",)}
    access, _ = seen_by(a_user("petr", **{field: rights}), a_tag())
    assert access == "nothing"


def test_a_manager_who_is_also_reader_sees_the_content() -> None:
    """R7: a second right counts."""
    petr = a_user("petr", address_books={"customers": ("manager", "reader")})
    assert ("content", GRANTED) == seen_by(petr, a_tag())


def test_a_private_message_exists_for_others_and_opens_for_its_recipient() -> None:
    """R42: content for the recipient, that it arrived for the others."""
    private = a_tag(private_to="jana")
    assert ("existence", "private") == seen_by(a_user("petr"), private)
    assert ("content", GRANTED) == seen_by(a_user("jana"), private)


def test_a_private_message_does_not_even_exist_for_those_who_miss_a_requirement() -> None:
    """R5 R42 R43: private narrows what the requirements left."""
    private = a_tag(private_to="jana")
    assert ("nothing", "areas:helpdesk") == seen_by(a_user("petr", areas={}), private)


def test_the_recipient_needs_the_rights_as_well() -> None:
    """R18 R42: being the recipient grants nothing."""
    private = a_tag(private_to="jana")
    assert ("nothing", "address_books:customers") == seen_by(a_user("jana", address_books={}), private)


@pytest.mark.parametrize(
    ("ticket", "because"),
    [
        (TICKET.model_copy(update={"address_books": ()}), "address_books:?"),
        (TICKET.model_copy(update={"areas": ()}), "areas:?"),
        (TICKET.model_copy(update={"address_books": ("?", "customers")}), "address_books:?"),
        (TICKET.model_copy(update={"user_groups": ("?",)}), "user_groups:?"),
    ],
)
def test_no_book_no_area_or_an_unresolved_one_means_nobody(ticket: Requires, because: str) -> None:
    """P4: fail closed, even for somebody who claims a right on `?`."""
    mighty = a_user(
        "petr", address_books={"customers": ("actor",), "?": ("actor",)}, user_groups=("?", "support")
    )
    assert ("nothing", because) == seen_by(mighty, a_tag(), ticket)


def test_the_message_may_bring_the_book_and_area_that_its_ticket_lacks() -> None:
    """P4: what counts is the sum of both."""
    tag = a_tag(requires=Requires(address_books=("customers",), areas=("helpdesk",)))
    assert ("content", GRANTED) == seen_by(a_user("petr"), tag, Requires())


def test_the_message_s_own_requirement_narrows() -> None:
    """R41 R43: an area of the message comes on top of the ticket's."""
    tag = a_tag(requires=Requires(areas=("legal",)))
    assert ("nothing", "areas:legal") == seen_by(a_user("petr"), tag)


def test_no_user_group_is_no_further_restriction() -> None:
    """R14: a user group further restricts; none restricts nothing."""
    ticket = TICKET.model_copy(update={"user_groups": ()})
    assert ("content", GRANTED) == seen_by(a_user("petr", user_groups=()), a_tag(), ticket)


def test_somebody_unknown_to_the_directory_sees_nothing() -> None:
    """P4: no user, no right."""
    assert ("nothing", "address_books:customers") == verdict("ghost", TICKET, a_tag(), Rights({}))
