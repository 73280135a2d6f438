"""Contacts from a vCard file (2.1, 3.0, 4.0), read by the library vobject, one card at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import vobject
from vobject.base import VObjectError

from config.contact_records import ContactRecord, Fault, ReadContacts, blocks

_KINDS = {"individual": "person", "org": "company", "organization": "company"}


def read_vcard(text: str, file: str, step: Callable[[int, int | None], None]) -> ReadContacts:
    """A card without KIND is a person, or a company where it is shown as one (`X-ABShowAs`)."""
    read = ReadContacts(file)
    left_out, total = 0, text.lower().count("begin:vcard")
    for line, card in blocks(text, "begin:vcard", "end:vcard"):
        try:
            found = _record(line, vobject.readOne(card))
        except (VObjectError, ValueError, LookupError, AttributeError) as error:
            found = Fault(line, f"is not a vCard that can be read ({type(error).__name__}); export it again")
        left_out += found is None
        read.add(found)
        step(len(read.records), total)
    if left_out:
        read.notes.append(f"{left_out} cards are neither people nor organisations and are left out")
    if not (read.records or read.faults):
        read.add(Fault(1, "has no vCard; is it the right file?"))
    return read


def _record(line: int, card: Any) -> ContactRecord | Fault | None:
    """None for a card that describes something else."""
    kind = _kind(card)
    if kind is None:
        return None
    addresses = tuple(address for address in _values(card, "email") if address)
    names = _organisation(card)
    name = next(iter(_values(card, "fn")), "") or " ".join(names)
    unique = next(iter(_values(card, "uid")), "") or next(iter(addresses), "").casefold() or name
    if not unique:
        return Fault(line, "has neither UID, EMAIL nor FN; give it one of them")
    above = names if kind == "person" else names[:-1]
    fields = {"kind": kind, "name": name, "addresses": addresses}
    return ContactRecord(line, None, unique, fields, parent_names=above)


def _kind(card: Any) -> str | None:
    shown_as = next(iter(_values(card, "x-abshowas")), "").lower()
    named = next(iter(_values(card, "kind")), "org" if shown_as == "company" else "individual")
    return _KINDS.get(named.lower())


def _organisation(card: Any) -> tuple[str, ...]:
    """ORG: the company, then its units."""
    found = [line.value for line in card.contents.get("org", ())]
    first = found[0] if found else ()
    parts = [first] if isinstance(first, str) else first
    return tuple(str(part).strip() for part in parts if str(part).strip())


def _values(card: Any, name: str) -> list[str]:
    return [str(line.value).strip() for line in card.contents.get(name, ())]
