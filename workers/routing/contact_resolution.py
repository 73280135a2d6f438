"""A contact with all that it inherits from those above it: address book, company, groups (R1 to R3)."""

from __future__ import annotations

from collections import defaultdict

from schemas.directory import Contact
from schemas.directory_view import ResolvedContact, ResolvedGroup
from workers.routing.directory_entities import DirectoryEntities


class ContactResolution:
    """Resolves contacts of one set of entities."""

    def __init__(self, known: DirectoryEntities) -> None:
        self._known = known
        self._groups: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for id_, group in sorted(known.contact_groups.items()):
            for member in group.members:
                self._groups[member].append((id_, group.type))

    def resolve(self, contact_id: str) -> ResolvedContact:
        """Of a known contact. The address book is null where the nearest named one does not exist.

        Not the next one above it then: a book that is missing must not open a contact to another's readers.
        """
        line = self._line(contact_id)
        return ResolvedContact.model_construct(
            contact_id=contact_id,
            kind=line[0][1].kind,
            address_book=self._address_book(line),
            company_id=next((id_ for id_, contact in line if contact.kind == "company"), None),
            groups=self._inherited_groups(line),
        )

    def _line(self, contact_id: str) -> list[tuple[str, Contact]]:
        """The contact and those above it, nearest first; ends at a missing parent or where a circle closes."""
        line: list[tuple[str, Contact]] = []
        seen: set[str] = set()
        next_id: str | None = contact_id
        while next_id is not None and next_id not in seen and next_id in self._known.contacts:
            seen.add(next_id)
            contact = self._known.contacts[next_id]
            line.append((next_id, contact))
            next_id = contact.parent
        return line

    def _address_book(self, line: list[tuple[str, Contact]]) -> str | None:
        nearest = next((contact.address_book for _, contact in line if contact.address_book), None)
        return nearest if nearest in self._known.address_books else None

    def _inherited_groups(self, line: list[tuple[str, Contact]]) -> tuple[ResolvedGroup, ...]:
        nearest: dict[str, ResolvedGroup] = {}
        for distance, (contact_id, _) in enumerate(line):
            for group_id, type_ in self._groups.get(contact_id, ()):
                if group_id not in nearest:
                    nearest[group_id] = ResolvedGroup.model_construct(
                        group_id=group_id, type=type_, via_contact_id=contact_id, distance=distance
                    )
        return tuple(nearest.values())
