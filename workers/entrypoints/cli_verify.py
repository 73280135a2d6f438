"""`stellwerk verify`: is every decision still what its recorded inputs give (P3)?"""

from __future__ import annotations

import asyncio
from time import monotonic

import typer
from rich.table import Table

from workers.entrypoints.configured import settings
from workers.entrypoints.failures import NO, run
from workers.entrypoints.history_options import Since, Until, period, readers
from workers.entrypoints.installation import installation_secret
from workers.entrypoints.output import JsonFlag, console, note, print_json, progress
from workers.entrypoints.shares import Jobs, all_shared, how_many
from workers.entrypoints.steady_memory import ready_for_history
from workers.processors.kept_history import KeptHistory, Period
from workers.processors.policy_archive import read_policies
from workers.processors.verification_report import Difference, Report
from workers.processors.verify import Step, verify
from workers.routing.identity import Signer

app = typer.Typer()


@app.command("verify")
def command(
    since: Since = None,
    until: Until = None,
    jobs: Jobs = None,
    json: JsonFlag = False,
) -> None:
    """Decide kept history again from its recorded inputs, and compare bit for bit. Exit 1 for corruption.

    Receipts are compared, and tickets, tags and SLA events where they are kept. What an older or newer decider
    gave differently is counted apart: `decider_version` of its receipt tells.

    Examples:

      stellwerk verify

      stellwerk verify --since 2026-11-01 --until 2026-11-08 --jobs 2 --json | jq .corrupt
    """
    began = monotonic()
    span = period(since, until)
    report = run(_verify(span, jobs))
    speed = report.decisions / max(monotonic() - began, 0.001)
    if json:
        print_json({**report.as_json(), "decisions_per_second": round(speed)})
    else:
        _show(report, speed)
    if not report.holds:
        raise typer.Exit(NO)


async def _verify(span: Period, jobs: int | None) -> Report:
    """A lane is compared by one process from end to end."""
    history = KeptHistory(readers(), span)
    partitions, total = await history.partitions(), await history.size()
    report = Report()
    with progress("Deciding again") as bar:
        several = how_many(jobs, total, len(partitions))
        if several == 1:
            return await _verified(history, partitions, lambda done: bar(done, total))
        tasks = [(span, [partition]) for partition in partitions]
        for share in await all_shared(_share, tasks, several, lambda done: bar(done, total)):
            report.merge(share)
    return report


def _share(span: Period, partitions: list[int], step: Step) -> Report:
    """In a process of its own, with its own connections."""
    return asyncio.run(_verified(KeptHistory(readers(), span), partitions, step))


async def _verified(history: KeptHistory, partitions: list[int], step: Step) -> Report:
    ready_for_history()
    async with readers()() as reader:
        policies = await read_policies(reader)
    return await verify(history, policies, Signer(installation_secret(settings())), partitions, step)


def _show(report: Report, speed: float) -> None:
    counts = Table(box=None, show_header=False, pad_edge=False)
    for name, count in (
        ("decisions", report.decisions),
        ("the same, bit for bit", report.same),
        ("differ: other code decided", report.by_other_code),
        ("differ: corrupt", report.corrupt),
        ("records that no decision explains", sum(report.unexplained.values())),
        ("not decided by rules (set aside, given up)", report.not_decided_by_rules),
        ("inputs no longer kept", report.inputs_no_longer_kept),
    ):
        counts.add_row(name, str(count))
    console().print(counts)
    if report.examples:
        console().print(_differences(report.examples))
    if report.only_replies_differ:
        note("Only the signed reply headers differ. ", "Is STELLWERK_SECRET that of the installation?")
    note(f"[dim]{speed:.0f} decisions a second.[/]")


def _differences(examples: list[Difference]) -> Table:
    table = Table("ticket", "what", "where", "fields", "decider", box=None, header_style="bold")
    for each in examples:
        where = f"{each.partition}-{each.offset}"
        decider = each.decider_version if each.by_other_code else "[red]this one[/]"
        table.add_row(each.ticket_id, each.what, where, " ".join(each.fields), decider)
    return table
