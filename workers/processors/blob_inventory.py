"""Whether each mail still has its content, and which contents no mail refers to any more."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from schemas.mail import InboundMail
from schemas.topics import MAIL_DEAD_LETTER, MAIL_FORWARDED, MAIL_INBOUND
from workers.errors import InvalidInput
from workers.ports import BlobInventory, StoredBlob
from workers.processors.topic_reader import TopicReader

_REF = re.compile(rb'"ref"\s*:\s*"[^"]*?([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class MissingBlob:
    """A mail in `mail.inbound` whose content is gone."""

    partition: int
    offset: int
    delivery_id: str


@dataclass(frozen=True, slots=True)
class BlobReport:
    """`orphans`: older than the safe age, and no record that is kept refers to them; None where not all was read."""

    stored: int
    referred: int
    missing: tuple[MissingBlob, ...]
    orphans: tuple[StoredBlob, ...] | None


async def check_blobs(
    reader: TopicReader, inventory: BlobInventory, *, before: datetime, since: datetime | None = None
) -> BlobReport:
    """Compare the store with the records. `before`: what was written later may be of a mail that is on its way.

    With `since` only mail accepted since then is looked at, and nothing is said about orphans. A dead letter and
    an order to take a record up again hold the accepted mail as it was, so they refer to its content too.
    """
    stored = await inventory.stored()  # first: a blob that is written from now on is not among the orphans
    there = {blob.sha256 for blob in stored if blob.whole}
    referred: set[str] = set()
    missing: list[MissingBlob] = []
    async for record in reader.read(MAIL_INBOUND, since=since):
        for digest in _digests(record.value):
            referred.add(digest)
            if digest not in there and not await inventory.has(digest):
                mail = InboundMail.read(record.value or b"")
                missing.append(MissingBlob(record.partition, record.offset, mail.delivery_id))
    for topic in (MAIL_FORWARDED, MAIL_DEAD_LETTER):
        async for record in reader.read(topic, since=since):
            referred.update(_digests(record.value))
    orphans = None if since else tuple(blob for blob in stored if _is_orphan(blob, referred, before))
    return BlobReport(len(stored), len(referred), tuple(missing), orphans)


async def collect_orphans(inventory: BlobInventory, report: BlobReport, *, before: datetime) -> int:
    """Take the orphans away; how many. `before` as in `check_blobs`.

    Raises `InvalidInput` where there are blobs and no record refers to any: that is usually another cluster, or
    another installation's store. A store belongs to one installation.
    """
    if report.orphans and any(blob.whole for blob in report.orphans) and not report.referred:
        raise InvalidInput(
            "No mail refers to any blob: is this the right Kafka, prefix and blob store? Nothing was removed."
        )
    removed = [await inventory.remove(blob, before) for blob in report.orphans or ()]
    return sum(removed)


def _digests(value: bytes | None) -> list[str]:
    return [found.decode() for found in _REF.findall(value or b"")]


def _is_orphan(blob: StoredBlob, referred: Collection[str], before: datetime) -> bool:
    if blob.changed_at is None or blob.changed_at >= before:
        return False
    return not blob.whole or blob.sha256 not in referred
