"""`stellwerk reconcile`: is every accepted mail decided exactly once (P1)?"""

from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from workers.adapters.kafka_conservation import kafka_conservation
from workers.entrypoints import blob_check
from workers.entrypoints.configured import kafka_connection, now, settings, topics_writer
from workers.entrypoints.failures import NO, run
from workers.entrypoints.group_names import route_group
from workers.entrypoints.output import JsonFlag, YesFlag, confirm, console, note, print_json
from workers.errors import InvalidInput
from workers.processors.blob_inventory import BlobReport
from workers.processors.reconcile import Report, reconcile
from workers.processors.repair import RepairPlan, plan_repair

app = typer.Typer()

SHOWN = 10
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"], help="Only mail accepted since then."),
]


@app.command("reconcile")
def command(
    since: Since = None,
    wait: Annotated[float, typer.Option(min=1, help="Seconds to wait behind an open transaction.")] = 30.0,
    repair: Annotated[bool, typer.Option("--repair", help="Take up again what has no receipt.")] = False,
    blobs: Annotated[bool, typer.Option(help="Look for the contents of big mails, too.")] = True,
    collect: Annotated[bool, typer.Option("--collect", help="Remove blobs that no mail refers to.")] = False,
    older_than: Annotated[int, typer.Option(min=1, help="Days that such a blob must be old.")] = 7,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Compare accepted mail with its receipts: none may be missing, none doubled. Exit 1 where one is.

    A big mail whose content is no longer in the blob store is a no, too. --collect removes what lies there without
    a mail: left by a crash before the mail was stored, or by a mail that is no longer kept. Not with --since.

    --repair gives each missing mail back to the lane that lost it. It is decided once, however often this is
    run, and even if the lost one turns up after all.

    Examples:

      stellwerk reconcile --json | jq .unaccounted

      stellwerk reconcile --since 2026-11-01 --repair --yes
    """
    if collect and since is not None:
        raise InvalidInput("--collect needs all mail to be read: leave out --since.")
    before = now() - timedelta(days=older_than)
    report = run(_check(since, wait))
    content = blob_check.check(settings(), before, _aware(since)) if blobs else None
    _show(report, json, content)
    if report.judged and repair and any(balance.missing for balance in report.balances):
        count = sum(len(balance.missing) for balance in report.balances)
        confirm(f"Take up {count} mails again?", yes)
        gone = run(_repair(report))
        report = run(_after_repair(since, wait))
        _show(report, json, content)
        if gone.gone:
            note(f"{len(gone.gone)} mails are no longer in mail.inbound and cannot be taken up.")
    if collect and content is not None and content.orphans:
        size = sum(blob.size_bytes for blob in content.orphans) / 1e6
        confirm(f"Remove {len(content.orphans)} blobs ({size:.1f} MB) that no mail refers to?", yes)
        note(f"{blob_check.collect(settings(), content, before)} blobs removed.")
    if not report.holds or (content is not None and content.missing):
        raise typer.Exit(NO)


async def _check(since: datetime | None, wait: float) -> Report:
    async with _log() as log:
        return await reconcile(log, since=_aware(since), wait_seconds=wait)


async def _repair(report: Report) -> RepairPlan:
    async with _log() as log:
        await log.open(now())
        plan = await plan_repair(log, report.balances, actor="reconcile", at=now())
    await topics_writer().write(plan.orders)
    return plan


async def _after_repair(since: datetime | None, wait: float) -> Report:
    """Until what was taken up is decided, or for `wait` seconds."""
    async with _log() as log:
        deadline = now().timestamp() + wait
        while True:
            report = await reconcile(log, since=_aware(since), wait_seconds=wait)
            if not sum(b.in_flight for b in report.balances) or now().timestamp() > deadline:
                return report


def _log() -> Any:
    connection = kafka_connection()
    return kafka_conservation(connection, route_group(connection.prefix))


def _aware(since: datetime | None) -> datetime | None:
    return None if since is None else since.astimezone()


def _show(report: Report, json: bool, content: BlobReport | None) -> None:
    if json:
        print_json({**as_json(report), "blobs": None if content is None else blob_check.as_json(content)})
    elif not report.judged:
        for place in report.unstable:
            where = f"{place.topic}-{place.partition}: readable to {place.stable}, written to {place.high}"
            note("[yellow]An open transaction hides records:[/] ", where)
        note("Nothing is said about losses. See RUNBOOK.md, stellwerk_stuck_partition.")
    else:
        console().print(_table(report))
    if content is not None and not json:
        blob_check.show(content)


def as_json(report: Report) -> dict[str, Any]:
    """The answer of `reconcile --json`. `unaccounted` and `doubled` name offsets of mail.inbound."""
    balances = report.balances
    return {
        "holds": report.holds,
        "judged": report.judged,
        "accepted": sum(b.accepted for b in balances),
        "receipted": sum(b.receipted for b in balances),
        "in_flight": sum(b.in_flight for b in balances),
        "unaccounted": {str(b.partition): [m.offset for m in b.missing] for b in balances if b.missing},
        "doubled": {str(b.partition): list(b.doubled) for b in balances if b.doubled_count},
        "oldest_in_flight_seconds": max(report.oldest_seconds.values(), default=0.0),
        "unstable": [f"{u.topic}-{u.partition}" for u in report.unstable],
    }


def _table(report: Report) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("partition", "accepted", "decided", "in flight", "oldest", "missing", "doubled"):
        table.add_column(name, justify="left" if name in ("missing", "doubled") else "right")
    for balance in report.balances:
        oldest = report.oldest_seconds.get(balance.partition)
        table.add_row(
            str(balance.partition),
            str(balance.accepted),
            str(balance.receipted),
            str(balance.in_flight),
            "-" if oldest is None else f"{oldest:.1f} s",
            _offsets([m.offset for m in balance.missing], len(balance.missing)),
            _offsets(balance.doubled, balance.doubled_count),
        )
    return table


def _offsets(offsets: Any, count: int) -> str:
    if not count:
        return "-"
    shown = ", ".join(str(offset) for offset in list(offsets)[:SHOWN])
    return f"[red]{count}[/]: {shown}{', …' if count > SHOWN else ''}"
