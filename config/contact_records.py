"""What files of contacts (CSV, vCard, LDIF) have in common: records with their places, and what is wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from config.yaml_places import MAX_FILE_BYTES
from workers.errors import WrongConfiguration


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A contact as a file has it. `fields`: those of `Contact` that the file speaks of; the others stay as they are.

    `id` None: `unique` is what always names this contact in such files (a UID, a DN, an address), and the id is made
    of its digest, since ids stand in events and must tell nothing. `parent_names`: organisation, then its units, by
    name; `parent_unique`: that of the record above it.
    """

    line: int
    id: str | None
    unique: str
    fields: dict[str, Any]
    parent_names: tuple[str, ...] = ()
    parent_unique: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that cannot be read, or something in one that is wrong: one line, with what to do."""

    line: int
    what: str


@dataclass(slots=True)
class ReadContacts:
    """`notes`: what was left out, for people."""

    file: str
    records: list[ContactRecord] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, found: ContactRecord | Fault | None) -> None:
        if isinstance(found, ContactRecord):
            self.records.append(found)
        elif found is not None:
            self.faults.append(found)


def made_id(book: str, unique: str) -> str:
    """The same in every import of the same contact into the same book."""
    digest = sha256(f"{book}\n{unique}".encode()).hexdigest()
    return f"c-{digest[:20]}"


def read_text(path: Path) -> str:
    """Raises `WrongConfiguration` for what is not a file, too big, or not UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise WrongConfiguration(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if len(raw) > MAX_FILE_BYTES:
        raise WrongConfiguration(f"{path}: is larger than {MAX_FILE_BYTES} bytes; split it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise WrongConfiguration(f"{path}:{line}: is not UTF-8 text; save it as UTF-8") from error


def blocks(text: str, begins: str, ends: str | None = None) -> Iterator[tuple[int, str]]:
    """Each record with its line (from 1): from a line that begins so (any case) until one that ends so, or a blank."""
    start, lines = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        if not lines and line.lower().startswith(begins):
            start = number
        if start:
            lines.append(line)
        if lines and (line.lower().startswith(ends) if ends else not line.strip()):
            yield start, "\n".join(lines) + "\n"
            start, lines = 0, []
    if lines:
        yield start, "\n".join(lines) + "\n"
