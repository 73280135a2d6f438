"""Each error of a directory file has its file, line and key, and says what to do."""

from pathlib import Path

import pytest

from config.directory_file import load_directory, parse_directory
from workers.errors import WrongConfiguration

BOOKS = "address_books: {customers: {}}\n"


def errors(text: str) -> list[str]:
    with pytest.raises(WrongConfiguration) as caught:
        parse_directory(text, "d.yaml")
    return caught.value.public.splitlines()


def test_a_file_becomes_entities(tmp_path: Path) -> None:
    """One for each key of its kinds."""
    path = tmp_path / "d.yaml"
    path.write_text("users: {petr: {mail: Petr@ACME.example}}\nareas: {helpdesk: {rights: {petr: actor}}}\n")
    directory = load_directory(path)
    assert ["user/petr", "area/helpdesk"] == [entity.key for entity in directory.entities()]
    assert "petr@acme.example" == directory.users["petr"].mail


def test_one_address_of_several_contacts_is_legal() -> None:
    """Its sender is ambiguous, and needs the books of all."""
    people = "{kind: person, address_book: customers, addresses: [x@y.test]}"
    assert 2 == len(parse_directory(f"{BOOKS}contacts: {{a: {people}, b: {people}}}").contacts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "users: {x: {}}\nuser_groups: {x: {}}",
            "d.yaml:2: user_groups.x: is the id of a user too; rights could mean either: rename one",
        ),
        (
            "users: {a: {mail: x@y.test}, b: {mail: X@y.test}}",
            "d.yaml:1: users.b.mail: is the mail of user a too; each user needs their own",
        ),
        ("user_groups: {a: {members: [x]}}", "d.yaml:1: user_groups.a.members: there is no user x"),
        ("user_groups: {a: {groups: [x]}}", "d.yaml:1: user_groups.a.groups: there is no user group x"),
        (
            "user_groups:\n  a: {groups: [b]}\n  b: {groups: [c]}\n  c: {groups: [b]}\n",
            "d.yaml:3: user_groups.b.groups: goes in a circle (b > c > b); remove one of these groups",
        ),
        ("user_groups: {a: {groups: [a]}}", "user_groups.a.groups: goes in a circle (a > a)"),
        ("areas: {h: {rights: {x: actor}}}", "d.yaml:1: areas.h.rights.x: there is no user or user group x"),
        (
            "areas: {h: {rights: {x: owner}}}",
            "areas.h.rights.x: input should be 'actor', 'reader' or 'manager'",
        ),
        (
            BOOKS + "contacts: {p: {kind: person, parent: q}, q: {kind: division}}",
            "contacts.p.address_book: neither it nor anything above it names an address book",
        ),
        (
            BOOKS + "contacts: {p: {kind: person, address_book: x}}",
            "contacts.p.address_book: there is no address book x",
        ),
        (
            BOOKS + "contacts: {p: {kind: person, address_book: customers, parent: x}}",
            "contacts.p.parent: there is no contact x",
        ),
        (
            BOOKS
            + "contacts: {d: {kind: division, parent: e, address_book: customers}, e: {kind: division, parent: d}}",
            "contacts.d.parent: goes in a circle (d > e > d); remove one of these parents",
        ),
        (
            BOOKS + "contacts: {c: {kind: company, parent: p}, p: {kind: person, address_book: customers}}",
            "contacts.c.parent: a company can't be below a person; the order is company > division > person",
        ),
        (
            BOOKS + "contacts: {p: {kind: person, address_book: customers, domains: [x.test]}}",
            "contacts.p.domains: only a company has domains; move them to its company",
        ),
        (
            "contact_groups: {g: {type: customers, address_book: x}}",
            "contact_groups.g.address_book: there is no address",
        ),
        (
            BOOKS + "contact_groups: {g: {type: customers, address_book: customers, members: [x]}}",
            "d.yaml:2: contact_groups.g.members: there is no contact x",
        ),
        ("users: {a/b: {}}", "d.yaml:1: users.a/b: this key is not possible: not possible: letters, digits"),
        ("machines: {}", "d.yaml:1: machines: is not a known key here; correct or remove it"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(text: str, expected: str) -> None:
    """Where, what, and what to do."""
    found = errors(text)
    assert any(expected in line for line in found), found


def test_a_long_line_of_groups_is_walked_without_recursion() -> None:
    """Five thousand groups in one another."""
    groups = "".join(f"  g{n}: {{groups: [g{n + 1}]}}\n" for n in range(5_000))
    assert 5_001 == len(parse_directory(f"user_groups:\n{groups}  g5000: {{}}\n").user_groups)


def test_a_contact_group_belongs_to_one_book_and_its_members_to_any() -> None:
    """R2: its owner is one id, never a list, and must be there; members may be in books of their own."""
    group = "contact_groups: {g: {type: customers, members: [c, p], address_book: %s}}"
    contacts = """
address_books: {customers: {}, board: {}}
contacts: {c: {kind: company, address_book: customers}, p: {kind: person, address_book: board}}
"""
    directory = parse_directory(contacts + group % "customers")
    assert ("customers", ("c", "p")) == (
        directory.contact_groups["g"].address_book,
        directory.contact_groups["g"].members,
    )
    assert any(
        "address_book: must be text" in line for line in errors(contacts + group % "[customers, board]")
    )
    assert any(
        "address_book: is missing" in line for line in errors("contact_groups: {g: {type: customers}}")
    )
