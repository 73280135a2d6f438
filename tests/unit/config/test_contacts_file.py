"""Contacts of CSV, vCard and LDIF files, joined to the directory that is there."""

from pathlib import Path
from typing import Any

import pytest

from config.contact_records import made_id
from config.contacts_file import Joined, is_contacts_file, join_contacts, read_contacts
from schemas.directory import Contact, Directory
from tests.support.builders import a_directory
from workers.errors import WrongConfiguration

CSV = """id,kind,name,company,addresses,domains,Phone
c-globex,company,Globex,,,globex.test;globex.example,1
p-eva,person,Eva,Globex,Eva@Globex.test eva@home.test,,2
"""
VCARD = """BEGIN:VCARD\r
VERSION:4.0\r
KIND:org\r
FN:Globex\r
UID:urn:uuid:g\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:3.0\r
FN:Eva Nov\u00e1\r
N:Nov\u00e1;Eva;;;\r
ORG:Globex;Sales\r
item1.EMAIL;TYPE=INTERNET:Eva@Globex.test\r
EMAIL:eva@ho\r
 me.test\r
UID:urn:uuid:e\r
END:VCARD\r
begin:vcard\r
VERSION:2.1\r
N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C4=8Cern=C3=A1;Marie\r
FN:Marie\r
EMAIL;INTERNET:marie@other.test\r
end:vcard\r
"""
LDIF = """version: 1

dn: dc=globex,dc=test
objectClass: dcObject
objectClass: domain
dc: globex

dn: o=Globex, dc=globex,dc=test
objectClass: organization
o: Globex
associatedDomain: globex.test

dn: ou=Sales,o=globex,dc=globex,dc=test
objectClass: organizationalUnit
ou: Sales

# a comment
dn: cn=Eva,ou=Sales,o=Globex,dc=globex,dc=test
objectClass: top
objectClass: inetOrgPerson
cn:: RXZhIE5vdsOh
mail: Eva@Glo
 bex.test
mail: eva@home.test
jpegPhoto:: /9j/4AAQ
"""


def joined(
    tmp_path: Path,
    text: str,
    suffix: str,
    current: Directory | None = None,
    book: str = "customers",
    **options: Any,
) -> Joined:
    file = tmp_path / f"contacts{suffix}"
    file.write_bytes(text.encode())
    return join_contacts(read_contacts(file), current or a_directory(), book, **options)


def new(outcome: Joined) -> dict[str, Contact]:
    """By name."""
    before = a_directory().contacts
    return {c.name: c for id_, c in outcome.directory.contacts.items() if before.get(id_) != c}


def errors(tmp_path: Path, text: str, suffix: str, **options: Any) -> list[str]:
    with pytest.raises(WrongConfiguration) as caught:
        joined(tmp_path, text, suffix, **options)
    return [line.removeprefix(f"{tmp_path}/contacts") for line in caught.value.public.splitlines()]


def test_a_csv_file_has_a_contact_a_line(tmp_path: Path) -> None:
    """Its ids, normal addresses, the book, the parent by name; what it does not know is said."""
    outcome = joined(tmp_path, CSV, ".csv")
    contacts = outcome.directory.contacts
    assert ("company", ("globex.example", "globex.test"), "customers") == (
        contacts["c-globex"].kind,
        contacts["c-globex"].domains,
        contacts["c-globex"].address_book,
    )
    assert ("c-globex", ("eva@globex.test", "eva@home.test")) == (
        contacts["p-eva"].parent,
        contacts["p-eva"].addresses,
    )
    assert a_directory().contacts.items() <= contacts.items()
    assert ("columns that are left out: Phone",) == outcome.notes


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_csv_file_of_another_program_is_read_too(tmp_path: Path, delimiter: str) -> None:
    """Other delimiters, quotes, a byte-order mark, names in any case."""
    text = (
        "\ufeff"
        + delimiter.join(["Name", "E-Mail", "EMAIL"])
        + "\n"
        + delimiter.join(['"Eva, N."', "", "eva@x.test"])
    )
    eva = new(joined(tmp_path, text, ".csv"))["Eva, N."]
    assert ("person", ("eva@x.test",)) == (eva.kind, eva.addresses)


def test_columns_that_a_csv_file_lacks_stay_as_they_are(tmp_path: Path) -> None:
    """A list of new addresses takes no domain away."""
    acme = joined(tmp_path, "id,kind,addresses\nc-acme,company,info@acme.test\n", ".csv").directory.contacts[
        "c-acme"
    ]
    assert (("acme.test",), ("info@acme.test",)) == (acme.domains, acme.addresses)


def test_vcards_of_all_versions_are_people_and_organisations(tmp_path: Path) -> None:
    """Folded lines, groups, quoted-printable; ORG finds the company in the file."""
    contacts = new(joined(tmp_path, VCARD, ".vcf"))
    eva, globex = contacts["Eva Nov\u00e1"], contacts["Globex"]
    assert ("company", "person", "person") == (globex.kind, eva.kind, contacts["Marie"].kind)
    assert ("eva@globex.test", "eva@home.test") == eva.addresses
    assert made_id("customers", "urn:uuid:g") == eva.parent


def test_an_ldif_files_tree_is_the_companys(tmp_path: Path) -> None:
    """Base64, folded lines, comments; entries of other kinds are left out, and that is said."""
    outcome = joined(tmp_path, LDIF, ".ldif")
    contacts = new(outcome)
    eva, sales = contacts["Eva Nov\u00e1"], contacts["Sales"]
    assert ("person", ("eva@globex.test", "eva@home.test")) == (eva.kind, eva.addresses)
    assert ("division", "company") == (sales.kind, contacts["Globex"].kind)
    assert eva.parent == made_id("customers", "ou=sales,o=globex,dc=globex,dc=test")
    assert sales.parent == made_id("customers", "o=globex,dc=globex,dc=test")
    assert ("globex.test",) == contacts["Globex"].domains
    assert ("1 entries are neither people nor organisations and are left out",) == outcome.notes


@pytest.mark.parametrize(("text", "suffix"), [(CSV, ".csv"), (VCARD, ".vcf"), (LDIF, ".ldif")])
def test_loading_twice_changes_nothing(tmp_path: Path, text: str, suffix: str) -> None:
    """The same contact has the same id in each import."""
    once = joined(tmp_path, text, suffix).directory
    assert once == joined(tmp_path, text, suffix, once).directory


def test_a_made_id_tells_nothing_of_the_person(tmp_path: Path) -> None:
    """Ids stand in events that others read."""
    (id_,) = (
        joined(tmp_path, "email\neva@x.test\n", ".csv").directory.contacts.keys()
        - a_directory().contacts.keys()
    )
    assert "eva" not in id_


def test_a_company_of_an_unknown_or_ambiguous_name_is_no_parent(tmp_path: Path) -> None:
    """R1: a wrong one would give its groups and its book; that it has none is said."""
    outcome = joined(tmp_path, "id,company\np-x,Nowhere Inc\n", ".csv")
    assert outcome.directory.contacts["p-x"].parent is None
    assert ("1 contacts stay without a parent: no company (or several) named Nowhere Inc",) == outcome.notes
    two = "id,kind,name,company\nc-1,company,Same,\nc-2,company,Same,\np-x,person,X,Same\n"
    assert joined(tmp_path, two, ".csv").directory.contacts["p-x"].parent is None


def test_only_pruning_removes_and_only_from_its_own_book(tmp_path: Path) -> None:
    """With their membership in groups; p-jan is in another book, and keeps nobody above him."""
    kept = joined(tmp_path, "id,email\np-x,x@y.test\n", ".csv").directory
    assert "c-acme" in kept.contacts
    world = a_directory(
        contacts={
            "c-acme": a_directory().contacts["c-acme"],
            "p-b": Contact(kind="person", address_book="board"),
        }
    )
    pruned = joined(tmp_path, "id,email\np-x,x@y.test\n", ".csv", world, prune=True).directory
    assert {"p-b", "p-x"} == pruned.contacts.keys()
    assert () == pruned.contact_groups["key-accounts"].members


@pytest.mark.parametrize(
    ("text", "suffix", "expected"),
    [
        ("foo,bar\n1,2\n", ".csv", ".csv:1: the first line names no known column"),
        ("id,email\np-1,a@b.test\np-2,no address\n", ".csv", ".csv:3: addresses.0: not a mail address"),
        ("id,email\np-1\n", ".csv", ".csv:2: has another number of columns"),
        ('id,name\np-1,"a\n', ".csv", ".csv:2: is not CSV"),
        ("id,name\na/b,x\n", ".csv", ".csv:2: id: not possible: letters, digits"),
        ("name,email\n,\n", ".csv", ".csv:2: has neither id, address nor name"),
        ("id,kind\np-1,robot\n", ".csv", ".csv:2: kind: input should be 'company'"),
        (
            "id,kind,domains\np-1,person,x.test\n",
            ".csv",
            ".csv:2: contacts.p-1.domains: only a company has domains",
        ),
        ("id,parent\np-1,nobody\n", ".csv", ".csv:2: contacts.p-1.parent: there is no contact nobody"),
        ("id,kind,parent\nd-1,division,d-2\nd-2,division,d-1\n", ".csv", "goes in a circle"),
        ("id,name\np-1,a\np-1,b\n", ".csv", ".csv:3: is the same contact as line 2; keep one"),
        (
            "id,name\np-jan,Jan\n",
            ".csv",
            ".csv:2: contact p-jan is in address book board and would move to customers",
        ),
        (
            "id,address_book\np-1,nowhere\n",
            ".csv",
            ".csv:2: contacts.p-1.address_book: there is no address book nowhere",
        ),
        (
            VCARD.replace("EMAIL:eva@ho\r\n me.test", "EMAIL:eva"),
            ".vcf",
            ".vcf:7: addresses.1: not a mail address",
        ),
        (VCARD.replace("FN:Eva", "nonsense"), ".vcf", ".vcf:7: is not a vCard that can be read"),
        ("BEGIN:VCARD\nFN:x\n", ".vcf", ".vcf:1: is not a vCard that can be read"),
        ("hello", ".vcf", ".vcf:1: has no vCard"),
        (
            LDIF.replace("mail: eva@home.test", "mail: eva"),
            ".ldif",
            ".ldif:18: addresses.1: not a mail address",
        ),
        (LDIF.replace("cn:: RXZ", "cn RXZ"), ".ldif", ".ldif:18: is not an LDIF entry"),
        (
            LDIF.replace("objectClass: top", "changetype: add"),
            ".ldif",
            ".ldif:18: is a change and not an entry",
        ),
        ("hello", ".ldif", ".ldif:1: has no entry"),
    ],
)
def test_what_is_wrong_is_said_with_its_records_place(
    tmp_path: Path, text: str, suffix: str, expected: str
) -> None:
    """The whole file is refused."""
    found = errors(tmp_path, text, suffix)
    assert any(expected in line for line in found), found


def test_an_address_book_must_be_there(tmp_path: Path) -> None:
    """Books and rights are made by the YAML file."""
    assert "there is no address book nowhere" in errors(tmp_path, CSV, ".csv", book="nowhere")[0]


def test_what_was_wrong_before_does_not_stop_an_import(tmp_path: Path) -> None:
    """It is not this file's doing."""
    before = a_directory(user_groups={"support": {"members": ["gone"]}})
    assert "p-eva" in joined(tmp_path, CSV, ".csv", before).directory.contacts


def test_the_suffix_says_what_a_file_is() -> None:
    """In any case."""
    assert [True, True, True, True, False] == [
        is_contacts_file(Path(name)) for name in ("a.CSV", "a.tsv", "a.vcf", "a.ldif", "a.yaml")
    ]
