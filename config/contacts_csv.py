"""Contacts from a CSV file: a header line, then a contact a line."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from io import StringIO

from config.contact_records import ContactRecord, Fault, ReadContacts

_SEVERAL = re.compile(r"[;|\s]+")


def _several(text: str) -> tuple[str, ...]:
    return tuple(part for part in _SEVERAL.split(text) if part)


def _or_none(text: str) -> str | None:
    return text or None


COLUMNS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "kind": ("kind", str.lower),
    "name": ("name", str),
    "parent": ("parent", _or_none),
    "address_book": ("address_book", _or_none),
    "addresses": ("addresses", _several),
    "email": ("addresses", _several),
    "domains": ("domains", _several),
}
"""By name, in any case. `id` and `company` (a name) are known too; others are left out."""
_DELIMITERS = ",;\t"


def read_csv(text: str, file: str, step: Callable[[int, int | None], None]) -> ReadContacts:
    """Several addresses of one contact are parted by `;`, `|` or spaces. `step`: records read so far, of how many."""
    read = ReadContacts(file)
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    rows = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = {name: name.strip().lower() for name in rows.fieldnames or ()}
    if not set(columns.values()) & {"id", "addresses", "email", "name"}:
        read.add(Fault(1, f"the first line names no known column; use id, company, {', '.join(COLUMNS)}"))
        return read
    if left_out := [name for name, known in columns.items() if known not in {*COLUMNS, "id", "company"}]:
        read.notes.append(f"columns that are left out: {', '.join(left_out[:20])}")
    total = text.count("\n")
    for record in _records(rows, columns):
        read.add(record)
        step(len(read.records), total)
    return read


def _records(rows: csv.DictReader[str], columns: Mapping[str, str]) -> Iterator[ContactRecord | Fault]:
    line = 2
    try:
        for row in rows:
            yield _record(line, row, columns)
            line = rows.line_num + 1
    except csv.Error as error:
        yield Fault(line, f"is not CSV ({error}); check its quotes")


def _record(line: int, row: Mapping[str, str | None], columns: Mapping[str, str]) -> ContactRecord | Fault:
    if None in row or None in row.values():
        return Fault(
            line, "has another number of columns than the first line; check its quotes and delimiters"
        )
    values = {known: (row[name] or "").strip() for name, known in columns.items()}
    fields = {COLUMNS[name][0]: COLUMNS[name][1](text) for name, text in values.items() if name in COLUMNS}
    fields.setdefault("kind", "person")
    addresses = fields.get("addresses")
    unique = addresses[0].casefold() if isinstance(addresses, tuple) and addresses else values.get("name", "")
    if not values.get("id") and not unique:
        return Fault(line, "has neither id, address nor name; give it one of them")
    names = tuple(name for name in (values.get("company"),) if name)
    return ContactRecord(line, values.get("id") or None, unique, fields, parent_names=names)
