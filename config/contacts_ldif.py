"""Contacts from an LDIF file (RFC 2849), read by the library ldif, one entry at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

from ldif import LDIFParser

from config.contact_records import ContactRecord, Fault, ReadContacts, blocks

_KINDS = {
    "organization": "company",
    "organizationalunit": "division",
    "person": "person",
    "organizationalperson": "person",
    "inetorgperson": "person",
}
Entry = Mapping[str, Sequence[str]]
"""Attributes by their lower-case name, without options."""


def read_ldif(text: str, file: str, step: Callable[[int, int | None], None]) -> ReadContacts:
    """People below an organisation or a unit of the file belong to it; else `o` and `ou` name it."""
    read = ReadContacts(file)
    left_out, total = 0, text.lower().count("\ndn:")
    for line, block in blocks(text, "dn:"):
        try:
            [(dn, entry)] = LDIFParser(BytesIO(block.encode())).parse()
            found = _record(line, dn or "", _texts(entry))
        except ValueError as error:
            found = Fault(
                line, f"is not an LDIF entry that can be read ({type(error).__name__}); export it again"
            )
        left_out += found is None
        read.add(found)
        step(len(read.records), total)
    if left_out:
        read.notes.append(f"{left_out} entries are neither people nor organisations and are left out")
    if not (read.records or read.faults):
        read.add(Fault(1, "has no entry of a person or an organisation; is it the right file?"))
    return read


def _texts(entry: Mapping[str, Sequence[str | bytes]]) -> Entry:
    """Without what is no text, such as photographs."""
    texts: dict[str, list[str]] = {}
    for name, values in entry.items():
        plain = [value.strip() for value in values if isinstance(value, str) and value.strip()]
        texts.setdefault(name.lower().partition(";")[0], []).extend(plain)
    return texts


def _record(line: int, dn: str, entry: Entry) -> ContactRecord | Fault | None:
    """None for an entry that describes something else."""
    if "changetype" in entry:
        return Fault(line, "is a change and not an entry; export the entries themselves")
    classes = [_KINDS[name.lower()] for name in entry.get("objectclass", ()) if name.lower() in _KINDS]
    if not classes:
        return None
    kind = classes[-1]
    fields = {"kind": kind, "name": _name(kind, entry), "addresses": tuple(entry.get("mail", ()))}
    if kind == "company" and "associateddomain" in entry:
        fields["domains"] = tuple(entry["associateddomain"])
    above = _dns_above(dn)
    names = tuple(name for key in ("o", "ou") if (name := next(iter(entry.get(key, ())), "")))
    unique = _comparable(dn)
    return ContactRecord(line, None, unique, fields, names if kind == "person" else (), above)


def _name(kind: str, entry: Entry) -> str:
    keys = {"company": ("o",), "division": ("ou",)}.get(kind, ("displayname", "cn", "sn"))
    return next((entry[key][0] for key in keys if entry.get(key)), "")


def _dns_above(dn: str) -> tuple[str, ...]:
    """The nearest first. A comma that is escaped parts nothing."""
    parts = _comparable(dn).replace("\\,", "\0").split(",")
    return tuple(",".join(parts[start:]).replace("\0", "\\,") for start in range(1, len(parts)))


def _comparable(dn: str) -> str:
    """RFC 4514 without its spaces around commas and equal signs; case does not count."""
    parts = [part.strip() for part in dn.casefold().replace("\\,", "\0").split(",")]
    return ",".join("=".join(p.strip() for p in part.split("=", 1)) for part in parts).replace("\0", "\\,")
