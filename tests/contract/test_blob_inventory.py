"""Contents without a mail are collected, mails without their content are named; nothing that is young is touched."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from schemas.mail import Content, InboundMail
from schemas.topics import MAIL_DEAD_LETTER, MAIL_FORWARDED, MAIL_INBOUND, Topic
from tests.support.builders import an_inbound_mail
from tests.support.fake_topics import FakeTopics
from workers.adapters.blob_inventory import FsspecBlobInventory
from workers.adapters.blob_store import FsspecBlobStore
from workers.errors import InvalidInput
from workers.ports import OutRecord
from workers.processors.blob_inventory import BlobReport, check_blobs, collect_orphans

NOW = datetime.now(UTC)
A_WEEK_AGO, OLD = NOW - timedelta(days=7), (NOW - timedelta(days=8)).timestamp()


class World:
    """A store in a directory, and topics."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = FsspecBlobStore(str(directory))
        self.inventory = FsspecBlobInventory(str(directory))
        self.topics = FakeTopics()

    async def blob(self, content: bytes, *, old: bool = True) -> str:
        ref = await self.store.put(sha256(content).hexdigest(), content)
        if old:
            os.utime(self.path(content), (OLD, OLD))
        return ref

    def path(self, content: bytes) -> Path:
        digest = sha256(content).hexdigest()
        return self.directory / digest[:2] / digest

    async def refer(self, topic: Topic[InboundMail], ref: str) -> None:
        mail = an_inbound_mail().model_copy(update={"content": Content(ref=ref)})
        await self.topics.write([OutRecord(topic.name, mail.ticket_id.encode(), mail.write())])

    async def check(self, since: datetime | None = None) -> BlobReport:
        return await check_blobs(self.topics, self.inventory, before=A_WEEK_AGO, since=since)

    async def collect(self) -> int:
        return await collect_orphans(self.inventory, await self.check(), before=A_WEEK_AGO)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "blobs")


async def test_only_what_is_old_and_belongs_to_no_record_is_collected(world: World) -> None:
    """A dead letter and an order to take a record up again refer to it, too."""
    for number, topic in enumerate((MAIL_INBOUND, MAIL_FORWARDED, MAIL_DEAD_LETTER)):
        await world.refer(topic, await world.blob(b"kept %d" % number))  # type: ignore[arg-type]
    await world.blob(b"young", old=False)
    await world.blob(b"orphan")
    (world.directory / "notes.txt").write_text("not ours")
    report = await world.check()
    assert (5, 3, ()) == (report.stored, report.referred, report.missing)
    assert 1 == await world.collect()
    assert not world.path(b"orphan").exists()
    assert all(world.path(kept).exists() for kept in (b"kept 0", b"kept 1", b"kept 2", b"young"))
    assert (world.directory / "notes.txt").exists()
    assert 0 == await world.collect()


async def test_what_a_kill_left_half_written_is_collected(world: World) -> None:
    """`.partial` files; those of a write under way are young."""
    await world.refer(MAIL_INBOUND, await world.blob(b"kept"))
    digest = sha256(b"kept").hexdigest()
    old, young = (world.path(b"kept").with_name(f".{digest}.{mark * 32}.partial") for mark in "ab")
    for partial in (old, young):
        partial.write_bytes(b"ke")
    os.utime(old, (OLD, OLD))
    assert 1 == await world.collect()
    assert (False, True, True) == (old.exists(), young.exists(), world.path(b"kept").exists())


async def test_a_mail_without_its_content_is_named(world: World) -> None:
    """By where its record lies."""
    await world.refer(MAIL_INBOUND, await world.blob(b"lost"))
    world.path(b"lost").unlink()
    (missing,) = (await world.check()).missing
    assert an_inbound_mail().delivery_id == missing.delivery_id


async def test_a_content_that_comes_again_is_young_again(world: World) -> None:
    """The same octets, sent anew, must not be collected between their writing and their record."""
    await world.refer(MAIL_INBOUND, await world.blob(b"kept"))
    await world.blob(b"again")
    report = await world.check()
    await world.blob(b"again", old=False)
    assert 0 == await collect_orphans(world.inventory, report, before=A_WEEK_AGO)
    assert world.path(b"again").exists()


async def test_where_no_mail_refers_to_any_nothing_is_removed(world: World) -> None:
    """Then it is the wrong cluster, or another installation's store."""
    await world.blob(b"of somebody else")
    with pytest.raises(InvalidInput, match="right Kafka"):
        await world.collect()
    assert world.path(b"of somebody else").exists()


async def test_a_part_of_the_mail_says_nothing_about_orphans(world: World) -> None:
    """With `since`, records before it are not read."""
    await world.blob(b"orphan")
    assert (await world.check(since=NOW)).orphans is None


async def test_an_object_store_has_times_too() -> None:
    """fsspec's in memory; each store calls them differently."""
    url = "memory://inventory"
    digest = sha256(b"x").hexdigest()
    await FsspecBlobStore(url).put(digest, b"x")
    inventory = FsspecBlobInventory(url)
    (blob,) = await inventory.stored()
    assert (digest, 1, True) == (blob.sha256, blob.size_bytes, await inventory.has(digest))
    assert not await inventory.remove(blob, A_WEEK_AGO)
    assert await inventory.remove(blob, datetime.now(UTC) + timedelta(seconds=1))
    assert () == await inventory.stored()
