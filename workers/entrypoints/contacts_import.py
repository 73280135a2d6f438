"""Contacts of a CSV, vCard or LDIF file on their way into the published directory."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from config.contacts_file import join_contacts, read_contacts
from schemas.directory import DirectoryEntity
from workers.entrypoints.checked_files import as_directory
from workers.entrypoints.configured import now, topics_reader, topics_writer
from workers.entrypoints.failures import Negative
from workers.entrypoints.output import note, progress
from workers.errors import WrongConfiguration
from workers.processors.directory_differences import DirectoryDifferences, Entities, entity_differences
from workers.processors.publish_directory import publish_change, published_entities

T = TypeVar("T")


class ContactsImport:
    """One file for one address book. Raises `Negative` with each record's place for what is wrong in it."""

    def __init__(self, file: Path, book: str, *, prune: bool) -> None:
        self._book = book
        self._prune = prune
        with progress(f"Reading {file.name}") as step:
            self._read = _checked(lambda: read_contacts(file, step))
        self._notes: tuple[str, ...] = ()

    async def publish(self, dry: bool) -> DirectoryDifferences:
        """Joined to the directory as it is at that moment: other entities stay."""
        async with topics_reader("Reading the directory") as reader:
            if dry:
                current = await published_entities(reader)
                return entity_differences(current, self._joined(current))
            return await publish_change(self._joined, at=now(), reader=reader, writer=topics_writer())

    def show_notes(self) -> None:
        """What was left out, on stderr."""
        for each in self._notes:
            note("", each)

    def _joined(self, current: Entities) -> dict[str, DirectoryEntity]:
        directory = as_directory(current.values())
        joined = _checked(lambda: join_contacts(self._read, directory, self._book, prune=self._prune))
        self._notes = joined.notes
        return {entity.key: entity for entity in joined.directory.entities()}


def _checked(work: Callable[[], T]) -> T:
    try:
        return work()
    except WrongConfiguration as error:
        raise Negative(f"the contacts are wrong:\n{error.public}") from error
