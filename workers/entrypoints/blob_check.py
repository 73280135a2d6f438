"""The blob store's part of `stellwerk reconcile`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from config.settings import Settings
from workers.adapters.blob_inventory import FsspecBlobInventory
from workers.entrypoints.configured import topics_reader
from workers.entrypoints.failures import run
from workers.entrypoints.installation import blobs_url
from workers.entrypoints.output import note
from workers.errors import WrongConfiguration
from workers.processors.blob_inventory import BlobReport, check_blobs, collect_orphans

_SHOWN = 10


def check(settings: Settings, before: datetime, since: datetime | None) -> BlobReport | None:
    """None where no blob store is configured here: `up` may keep its own in a directory that we don't know."""
    try:
        inventory = FsspecBlobInventory(blobs_url(settings, settings.data_dir))
    except WrongConfiguration:
        note(
            "The contents of big mails are not checked: neither STELLWERK_BLOBS__URL nor STELLWERK_DATA_DIR is set."
        )
        return None

    async def compare() -> BlobReport:
        async with topics_reader("Comparing mail with its contents") as reader:
            return await check_blobs(reader, inventory, before=before, since=since)

    return run(compare())


def collect(settings: Settings, report: BlobReport, before: datetime) -> int:
    """How many were removed."""
    inventory = FsspecBlobInventory(blobs_url(settings, settings.data_dir))
    return run(collect_orphans(inventory, report, before=before))


def show(report: BlobReport) -> None:
    """For people."""
    orphans = "" if report.orphans is None else f", {len(report.orphans)} old ones that no mail refers to"
    note(f"Blobs: {report.stored} stored, {report.referred} of mails that are kept{orphans}.")
    if report.missing:
        lost = ", ".join(f"{each.partition}/{each.offset}" for each in report.missing[:_SHOWN])
        more = ", …" if len(report.missing) > _SHOWN else ""
        note(
            f"[bold red]{len(report.missing)} mails have lost their content[/] ",
            f"(partition/offset) {lost}{more}",
        )


def as_json(report: BlobReport) -> dict[str, Any]:
    """`orphans` null: not looked for, as not all mail was read."""
    return {
        "stored": report.stored,
        "referred": report.referred,
        "missing": [
            {"partition": each.partition, "offset": each.offset, "delivery_id": each.delivery_id}
            for each in report.missing
        ],
        "orphans": None if report.orphans is None else len(report.orphans),
    }
