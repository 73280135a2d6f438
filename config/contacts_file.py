"""Contacts of a CSV, vCard or LDIF file, joined to a directory: as it will be, or all that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from config.contact_parents import Parents
from config.contact_records import ContactRecord, Fault, ReadContacts, made_id, read_text
from config.contacts_csv import read_csv
from config.contacts_ldif import read_ldif
from config.contacts_vcard import read_vcard
from config.directory_check import directory_problems
from config.problems import problems_of
from schemas.directory import Contact, Directory, entity
from workers.errors import WrongConfiguration

Step = Callable[[int, int | None], None]
READERS: Mapping[str, Callable[[str, str, Step], ReadContacts]] = MappingProxyType(
    {".csv": read_csv, ".tsv": read_csv, ".vcf": read_vcard, ".vcard": read_vcard, ".ldif": read_ldif}
)
"""By the file's suffix."""


@dataclass(frozen=True, slots=True)
class Joined:
    """`notes`: what was left out, and parents that were not found, for people."""

    directory: Directory
    notes: tuple[str, ...]


def is_contacts_file(path: Path) -> bool:
    return path.suffix.lower() in READERS


def read_contacts(path: Path, step: Step = lambda _done, _of: None) -> ReadContacts:
    """Raises `WrongConfiguration` with each record's place for what cannot be read."""
    read = READERS[path.suffix.lower()](read_text(path), str(path), step)
    if read.faults:
        raise _wrong(read.file, read.faults)
    return read


def join_contacts(read: ReadContacts, current: Directory, book: str, *, prune: bool = False) -> Joined:
    """`current` with these contacts in it. `prune`: contacts of this very book that the file lacks are removed.

    Raises `WrongConfiguration`, with each record's place, where the outcome would break what must hold in a
    directory. What was wrong before does not count.
    """
    if book not in current.address_books:
        known = ", ".join(sorted(current.address_books)[:8]) or "none"
        raise WrongConfiguration(
            f"{read.file}: there is no address book {book}; load it first, or use one of: {known}"
        )
    parents = Parents(read.records, current, book)
    contacts, lines = _contacts(read, current, parents, book)
    outcome = _outcome(current, contacts, book, prune)
    if faults := list(_broken(current, outcome, lines, book)):
        raise _wrong(read.file, faults)
    return Joined(outcome, (*read.notes, *parents.notes))


def _contacts(
    read: ReadContacts, current: Directory, parents: Parents, book: str
) -> tuple[dict[str, Contact], dict[str, int]]:
    """Each contact by its id, and the line where it is."""
    contacts: dict[str, Contact] = {}
    lines: dict[str, int] = {}
    faults: list[Fault] = []
    for record in read.records:
        id_ = record.id or made_id(book, record.unique)
        if id_ in lines:
            faults.append(Fault(record.line, f"is the same contact as line {lines[id_]}; keep one"))
            continue
        lines[id_] = record.line
        try:
            contacts[id_] = _contact(record, id_, current.contacts.get(id_), parents, book)
        except ValidationError as error:
            faults += (
                Fault(record.line, _what(problem.path, problem.what)) for problem in problems_of(error)
            )
    if faults:
        raise _wrong(read.file, faults)
    return contacts, lines


def _contact(
    record: ContactRecord, id_: str, present: Contact | None, parents: Parents, book: str
) -> Contact:
    written = present.model_dump() if present else {}
    fields = {"address_book": book, **record.fields}
    fields["address_book"] = fields["address_book"] or book
    if "parent" not in fields and (parent := parents.of(record, id_)):
        fields["parent"] = parent
    contact = Contact.model_validate(written | fields)
    entity("contact", id_, contact)  # a file's own id must be one
    return contact


def _outcome(current: Directory, contacts: dict[str, Contact], book: str, prune: bool) -> Directory:
    kept = {
        id_: contact
        for id_, contact in current.contacts.items()
        if not (prune and contact.address_book == book and id_ not in contacts)
    }
    gone = current.contacts.keys() - kept.keys() - contacts.keys()
    groups = {
        id_: group.model_copy(update={"members": tuple(m for m in group.members if m not in gone)})
        for id_, group in current.contact_groups.items()
    }
    return Directory.model_validate(
        {**{name: getattr(current, name) for name in Directory.model_fields}, "contacts": kept | contacts}
        | {"contact_groups": groups}
    )


def _broken(current: Directory, outcome: Directory, lines: dict[str, int], book: str) -> Iterator[Fault]:
    before = set(directory_problems(current))
    for problem in directory_problems(outcome):
        if problem not in before:
            yield Fault(lines.get(str(problem.path[1]), 0), _what(problem.path, problem.what))
    for id_ in sorted(lines):
        present = current.contacts.get(id_)
        if present and present.address_book not in (None, outcome.contacts[id_].address_book):
            what = f"contact {id_} is in address book {present.address_book} and would move to {book}"
            yield Fault(
                lines[id_], f"{what}; move it by the directory's file, or import it with --book of its own"
            )


def _what(path: tuple[str | int, ...], what: str) -> str:
    return f"{'.'.join(map(str, path))}: {what}" if path else what


def _wrong(file: str, faults: list[Fault]) -> WrongConfiguration:
    placed = sorted({(fault.line, fault.what) for fault in faults})
    return WrongConfiguration("\n".join(f"{file}:{line or 1}: {what}" for line, what in placed))
