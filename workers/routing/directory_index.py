"""The directory view, derived from all entities: what enriching and access checks look up by one key.

Entities come one at a time from others, so a set may be inconsistent; nothing here raises for it. What cannot
be resolved is left out or null, which means nobody (P4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import ValidationError

from schemas.directory import DirectoryEntity
from schemas.directory_view import (
    Candidates,
    ResolvedContact,
    UserOfMail,
    address_field,
    contact_field,
    domain_field,
    user_field,
    user_mail_field,
)
from workers.routing.contact_resolution import ContactResolution
from workers.routing.directory_entities import DirectoryEntities
from workers.routing.user_resolution import UserResolution


def derive(entities: Mapping[str, bytes]) -> dict[str, bytes]:
    """All fields of the view from the topic's live records by key (`kind/id`).

    A record that does not decode, or whose key is not its own, is left out. An address that two users claim
    belongs to neither.
    """
    known = DirectoryEntities.of(_decoded(entities))
    return dict((*_contact_fields(known), *_user_fields(known), *_user_mail_fields(known)))


def _decoded(entities: Mapping[str, bytes]) -> Iterator[DirectoryEntity]:
    for key, value in entities.items():
        try:
            entity = DirectoryEntity.read(value)
        except ValidationError:
            continue
        if entity.key == key:
            yield entity


def _contact_fields(known: DirectoryEntities) -> Iterator[tuple[str, bytes]]:
    resolution = ContactResolution(known)
    for id_ in known.contacts:
        yield contact_field(id_), resolution.resolve(id_).write()
    for field, ids in _contacts_by_field(known).items():
        yield field, _candidates(resolution, sorted(set(ids)))


def _contacts_by_field(known: DirectoryEntities) -> Mapping[str, Sequence[str]]:
    by_field: defaultdict[str, list[str]] = defaultdict(list)
    for id_, contact in known.contacts.items():
        for address in contact.addresses:
            by_field[address_field(address)].append(id_)
        for domain in contact.domains if contact.kind == "company" else ():
            by_field[domain_field(domain)].append(id_)
    return by_field


def _candidates(resolution: ContactResolution, ids: Iterable[str]) -> bytes:
    contacts: tuple[ResolvedContact, ...] = tuple(map(resolution.resolve, ids))
    return Candidates.model_construct(candidates=contacts).write()


def _user_fields(known: DirectoryEntities) -> Iterator[tuple[str, bytes]]:
    resolution = UserResolution(known)
    for id_ in known.users:
        yield user_field(id_), resolution.resolve(id_).write()


def _user_mail_fields(known: DirectoryEntities) -> Iterator[tuple[str, bytes]]:
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for id_, user in known.users.items():
        if user.mail:
            owners[user.mail].append(id_)
    for mail, ids in owners.items():
        if len(ids) == 1:
            yield user_mail_field(mail), UserOfMail(user_id=ids[0]).write()
