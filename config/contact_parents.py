"""Under whom an imported contact belongs: by the file's own tree, else by the names of organisation and units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from config.contact_records import ContactRecord, made_id
from schemas.directory import Directory


class Parents:
    """Looks among the file's records first, then among the contacts that are there. `notes`: who was not found."""

    def __init__(self, records: Iterable[ContactRecord], current: Directory, book: str) -> None:
        self._ids = {
            record.unique: record.id or made_id(book, record.unique)
            for record in records
            if record.fields.get("kind") in ("company", "division")
        }
        self._by_name: dict[tuple[str | None, str], set[str]] = {}
        for id_, contact in current.contacts.items():
            self._know(id_, contact.kind, contact.name, contact.parent)
        for record in records:
            above = next((self._ids[dn] for dn in record.parent_unique if dn in self._ids), None)
            self._know(
                record.id or made_id(book, record.unique),
                str(record.fields.get("kind", "")),
                str(record.fields.get("name", "")),
                above,
            )
        self._missing: Counter[str] = Counter()

    @property
    def notes(self) -> list[str]:
        return [
            f"{number} contacts stay without a parent: no company (or several) named {name}"
            for name, number in sorted(self._missing.items())
        ]

    def of(self, record: ContactRecord, id_: str) -> str | None:
        """None: it stands on its own, or keeps the parent it has."""
        for unique in record.parent_unique:
            if unique in self._ids and self._ids[unique] != id_:
                return self._ids[unique]
        return self._by_names(record.parent_names, id_) if record.parent_names else None

    def _know(self, id_: str, kind: str, name: str, above: str | None) -> None:
        if kind in ("company", "division") and name:
            key = (None if kind == "company" else above, name.casefold())
            self._by_name.setdefault(key, set()).add(id_)

    def _by_names(self, names: tuple[str, ...], id_: str) -> str | None:
        company = self._one((None, names[0].casefold()), id_)
        if company is None:
            self._missing[names[0]] += 1
            return None
        below: str = company
        for name in names[1:]:
            unit = self._one((below, name.casefold()), id_)
            if unit is None:
                return below
            below = unit
        return below

    def _one(self, key: tuple[str | None, str], id_: str) -> str | None:
        """The only one of this name; of several none, for a guess would give another's groups and books."""
        found = self._by_name.get(key, set()) - {id_}
        return next(iter(found)) if len(found) == 1 else None
