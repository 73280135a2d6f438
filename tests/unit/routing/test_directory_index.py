"""What enriching and access checks find by one key."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.directory import ENTITY_KINDS, Directory
from schemas.directory_view import (
    Candidates,
    ResolvedContact,
    ResolvedUser,
    UserOfMail,
    address_field,
    contact_field,
    domain_field,
    user_field,
    user_mail_field,
)
from tests.support.builders import a_directory
from workers.routing.directory_index import derive


def view_of(directory: Directory) -> dict[str, bytes]:
    return derive({entity.key: entity.write() for entity in directory.entities()})


def contacts(directory: Directory, field: str) -> tuple[ResolvedContact, ...]:
    return Candidates.read(view_of(directory)[field]).candidates


def user(directory: Directory, user_id: str) -> ResolvedUser:
    return ResolvedUser.read(view_of(directory)[user_field(user_id)])


def a_person(**fields: Any) -> dict[str, Any]:
    return {"kind": "person", "addresses": ["jan@acme.test"], **fields}


ACME = {"kind": "company", "address_book": "customers", "domains": ["acme.test"]}


def test_a_person_has_its_own_book_and_the_groups_of_its_company() -> None:
    """R3, and inheritance from above."""
    (jan,) = contacts(a_directory(), address_field("jan@acme.test"))
    assert ("board", "c-acme") == (jan.address_book, jan.company_id)
    assert [("key-accounts", "c-acme", 1)] == [(g.group_id, g.via_contact_id, g.distance) for g in jan.groups]


def test_a_contact_without_a_book_is_in_its_parents() -> None:
    """R1: exactly one."""
    directory = a_directory(contacts={"c-acme": ACME, "p-jan": a_person(parent="c-acme")})
    assert "customers" == contacts(directory, address_field("jan@acme.test"))[0].address_book


def test_every_contact_is_found_by_its_id() -> None:
    """Orders name their customer so; also one without any address."""
    view = view_of(a_directory(contacts={"c-acme": ACME, "p-quiet": a_person(parent="c-acme", addresses=())}))
    quiet = ResolvedContact.read(view[contact_field("p-quiet")])
    assert ("p-quiet", "c-acme", "key-accounts") == (
        quiet.contact_id,
        quiet.company_id,
        quiet.groups[0].group_id,
    )


def test_a_company_is_found_by_its_domain() -> None:
    """Its own groups are at distance 0."""
    (acme,) = contacts(a_directory(), domain_field("acme.test"))
    assert ("c-acme", "c-acme", 0) == (acme.contact_id, acme.company_id, acme.groups[0].distance)


def test_several_contacts_of_one_address_come_by_id() -> None:
    """The lowest is taken, the books of all are required."""
    both = {"p-b": a_person(address_book="board"), "p-a": a_person(address_book="customers")}
    found = contacts(a_directory(contacts=both), address_field("jan@acme.test"))
    assert [("p-a", "customers"), ("p-b", "board")] == [
        (each.contact_id, each.address_book) for each in found
    ]


def test_a_book_that_does_not_exist_is_not_replaced_by_the_parents() -> None:
    """Fail closed: the parent's readers must not gain by it."""
    directory = a_directory(
        contacts={"c-acme": ACME, "p-jan": a_person(parent="c-acme", address_book="gone")}
    )
    assert contacts(directory, address_field("jan@acme.test"))[0].address_book is None


def test_a_circle_of_parents_ends_and_has_no_book() -> None:
    """An inconsistent set never raises."""
    circle = {"p-jan": a_person(parent="p-b"), "p-b": {"kind": "person", "parent": "p-jan"}}
    (jan,) = contacts(a_directory(contacts=circle), address_field("jan@acme.test"))
    assert (None, None) == (jan.address_book, jan.company_id)


def test_only_a_companys_domains_count() -> None:
    """A person can't claim a domain."""
    directory = a_directory(contacts={"p-jan": a_person(address_book="board", domains=["acme.test"])})
    assert domain_field("acme.test") not in view_of(directory)


def test_rights_come_through_groups_of_groups() -> None:
    """R8: petr is in second-level, which is in support."""
    petr = user(a_directory(), "petr")
    assert ("second-level", "support") == petr.user_groups
    assert ("reader",) == petr.address_books["inbox"]
    assert ("actor",) == petr.areas["helpdesk"]


def test_a_managers_right_does_not_hide_that_he_is_a_reader_too() -> None:
    """R7: a manager alone sees no content, so all rights are kept."""
    books = {"customers": {"rights": {"petr": "manager", "second-level": "reader"}}}
    assert ("manager", "reader") == user(a_directory(address_books=books), "petr").address_books["customers"]


def test_processes_are_those_of_any_group_that_lists_some() -> None:
    """R17; no list at all means no restriction."""
    assert ("helpdesk",) == user(a_directory(), "petr").processes
    assert user(a_directory(user_groups={}), "petr").processes is None


def test_circles_of_user_groups_end() -> None:
    """All their members are in all of them."""
    groups = {"a": {"members": ["petr"], "groups": ["b"]}, "b": {"groups": ["a"]}}
    assert ("a", "b") == user(a_directory(user_groups=groups), "petr").user_groups


def test_an_id_that_is_a_user_and_a_group_gets_no_rights() -> None:
    """Nobody can tell who was meant."""
    directory = a_directory(user_groups={"petr": {"members": ["eva"]}})
    assert {} == user(directory, "petr").address_books
    assert "customers" not in user(directory, "eva").address_books


def test_users_are_found_by_their_mail_and_a_shared_mail_is_nobodys() -> None:
    """Else one could act as the other."""
    view = view_of(
        a_directory(users={"a": {"mail": "x@y.test"}, "b": {"mail": "X@y.test"}, "c": {"mail": "c@y.test"}})
    )
    assert "c" == UserOfMail.read(view[user_mail_field("c@y.test")]).user_id
    assert user_mail_field("x@y.test") not in view


def test_records_that_do_not_decode_or_lie_under_another_key_are_left_out() -> None:
    """They cannot stop the others."""
    good = {entity.key: entity.write() for entity in a_directory().entities()}
    bad = {"user/x": b"{", "user/mallory": good["user/petr"], "moon/full": b'{"kind":"moon","id":"full"}'}
    assert derive(good) == derive(good | bad)


_IDS = st.sampled_from(["a", "b", "c", "gone"])


@given(
    st.dictionaries(
        _IDS, st.tuples(st.none() | _IDS, st.none() | _IDS, st.sampled_from(["company", "person"]))
    ),
    st.dictionaries(_IDS, st.tuples(st.lists(_IDS), st.lists(_IDS))),
    st.lists(st.sampled_from(ENTITY_KINDS), unique=True),
)
def test_whatever_refers_to_whatever_it_is_resolved(
    people: dict[str, tuple[str | None, str | None, str]],
    groups: dict[str, tuple[list[str], list[str]]],
    missing: list[str],
) -> None:
    """No set of entities raises, and a book is never one that does not exist."""
    directory = Directory.model_validate(
        {
            "users": {"a": {}, "d": {"mail": "d@y.test"}},
            "user_groups": {
                id_: {"members": members, "groups": inner} for id_, (members, inner) in groups.items()
            },
            "address_books": {"a": {"rights": {"a": "reader", "gone": "actor"}}},
            "contacts": {
                id_: {"kind": kind, "parent": parent, "address_book": book, "addresses": ["x@y.test"]}
                for id_, (parent, book, kind) in people.items()
            },
            "contact_groups": {"g": {"type": "customers", "address_book": "gone", "members": list(people)}},
        }
    )
    view = derive({e.key: e.write() for e in directory.entities() if e.kind not in missing})
    found = Candidates.read(view.get(address_field("x@y.test"), b'{"candidates":[]}')).candidates
    assert {None, "a"} >= {each.address_book for each in found}
