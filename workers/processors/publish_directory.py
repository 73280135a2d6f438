"""The directory's file goes live: only its differences, all of them at one moment."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256

from pydantic import ValidationError

from schemas.cloudevents import headers_for
from schemas.directory import Directory, DirectoryEntity
from schemas.topics import DIRECTORY_ENTITIES
from workers.ports import OutRecord
from workers.processors.directory_differences import (
    DirectoryDifferences,
    Entities,
    directory_differences,
    entity_differences,
)
from workers.processors.topic_reader import RecordWriter, TopicReader

TRANSACTION = "directory-load"


async def published_values(reader: TopicReader) -> dict[str, bytes]:
    """The directory's records as they are published now, by key."""
    values: dict[str, bytes] = {}
    async for record in reader.read(DIRECTORY_ENTITIES):
        key = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            values.pop(key, None)
        else:
            values[key] = record.value
    return values


async def published_entities(reader: TopicReader) -> dict[str, DirectoryEntity]:
    """By key. What does not decode is left out, as `project` leaves it out: a load writes it anew."""
    entities: dict[str, DirectoryEntity] = {}
    for key, value in (await published_values(reader)).items():
        with suppress(ValidationError):
            entities[key] = DirectoryEntity.read(value)
    return entities


async def publish_directory(
    directory: Directory, *, at: datetime, reader: TopicReader, writer: RecordWriter, dry_run: bool = False
) -> DirectoryDifferences:
    """Make `directory` the published one. Readers see all of the change or none of it."""
    if dry_run:
        return directory_differences(await published_entities(reader), directory)
    return await _change(lambda current: directory_differences(current, directory), at, reader, writer)


async def publish_change(
    change: Callable[[Entities], Entities], *, at: datetime, reader: TopicReader, writer: RecordWriter
) -> DirectoryDifferences:
    """Publish what `change` makes of the entities that are published now. It may raise; then nothing happens."""
    return await _change(lambda current: entity_differences(current, change(current)), at, reader, writer)


async def _change(
    differ: Callable[[Entities], DirectoryDifferences],
    at: datetime,
    reader: TopicReader,
    writer: RecordWriter,
) -> DirectoryDifferences:
    """Read inside the transaction: two loads at once would each miss the other's entities."""
    async with writer.transaction(TRANSACTION) as write:
        differences = differ(await published_entities(reader))
        await write(_records(differences, at))
    return differences


def _records(differences: DirectoryDifferences, at: datetime) -> list[OutRecord]:
    written = [
        _record(entity.key, entity.write(), at) for entity in (*differences.added, *differences.changed)
    ]
    return [*written, *(_record(key, None, at) for key in differences.removed)]


def _record(key: str, value: bytes | None, at: datetime) -> OutRecord:
    digest = sha256(value or b"").hexdigest()[:16]
    headers = headers_for(
        DIRECTORY_ENTITIES,
        event_id=f"{key}:{digest}:{at.isoformat()}",
        time=at,
        subject=key,
        partition_key=key,
    )
    return OutRecord(DIRECTORY_ENTITIES.name, key.encode(), value, headers)
