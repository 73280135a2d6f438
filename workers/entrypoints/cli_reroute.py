"""`stellwerk reroute`: tickets that were routed wrongly become what the live policy makes of their history."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from schemas.command import CommandResult
from workers.entrypoints.configured import now, topics_writer
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.history_options import (
    DirectoryFacts,
    Group,
    Mailbox,
    facts_of,
    period,
    readers,
)
from workers.entrypoints.output import JsonFlag, YesFlag, confirm, console, note, print_json, progress
from workers.entrypoints.shadow_needs import Facts, shadow_of, spool
from workers.errors import DependencyUnavailable, InvalidInput
from workers.processors.kept_history import KeptHistory, Period
from workers.processors.policy_archive import Activation, read_activations, read_policies
from workers.processors.reroute import (
    Rerouting,
    Run,
    apply_reroutings,
    plan_reroutings,
    results_begin,
    results_of,
)
from workers.processors.shadow_report import Selection, ShadowReport
from workers.processors.topic_reader import TopicReader
from workers.routing.compiled_policy import CompiledPolicy

app = typer.Typer()

SHOWN = 30
_FORMATS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which tickets, by which facts."""

    selection: Selection
    tickets: frozenset[str]
    span: Period
    facts: Facts


@app.command("reroute")
def command(
    tickets: Annotated[list[str] | None, typer.Argument(metavar="[TICKET]...", help="Only these.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_FORMATS, help="Only tickets opened since then.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_FORMATS, help="Only tickets opened before then.")
    ] = None,
    mailbox: Mailbox = None,
    group: Group = None,
    directory: DirectoryFacts = "recorded",
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without, only say what would change.")
    ] = False,
    actor: Annotated[
        str | None, typer.Option(help="The user who re-routes: needs the right to act on each ticket.")
    ] = None,
    run_id: Annotated[
        str | None, typer.Option("--id", help="Of this run; the same id writes the same commands again.")
    ] = None,
    rate: Annotated[int, typer.Option(min=1, help="Commands a second at most.")] = 100,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the answers.")] = 30.0,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Make selected tickets what the live policy gives by their history. A dry run, unless --apply is given.

    Only tickets that change get a revision. What a person set by command stays, requirements are only added to,
    and nothing that a new ticket causes is done again. Stop it, start it again, run it twice: the end is the same.

    Examples:

      stellwerk reroute --mailbox support@acme.example --since 2026-11-01

      stellwerk reroute T-7Z9Q2M4K8XWA --directory current --apply --actor petr --yes --json
    """
    if apply and actor is None:
        raise InvalidInput("--apply needs --actor: each command is given by a user.")
    opened = period(since, until)
    asked = _Asked(
        Selection(mailbox, group, opened.since, opened.until),
        frozenset(tickets or ()),
        Period(opened.since),
        facts_of(directory),
    )
    report = run(_dry_run(asked))
    if not apply or actor is None:
        _answer(report, {"applied": False}, json)
        return
    _note(report, json)
    confirm(f"Re-route {report.tickets} tickets?", yes)
    applied = run(_apply(asked, actor, run_id, rate, timedelta(seconds=wait)))
    _answer(report, applied, json)
    if applied["accepted"] != applied["commands"]:
        raise Negative(f"{applied['refused']} refused, {applied['unanswered']} not answered yet.")


async def _dry_run(asked: _Asked) -> ShadowReport:
    async with _planned(asked) as (_, _, report, reroutings):
        async for _ in reroutings:
            pass
    return report


async def _apply(
    asked: _Asked, actor: str, run_id: str | None, rate: int, within: timedelta
) -> dict[str, Any]:
    async with _planned(asked) as (reader, live, _, reroutings):
        this = Run(run_id or _run_id(live, asked), actor, now())
        start = await results_begin(reader)
        ids = await apply_reroutings(reroutings, this, topics_writer(), per_second=rate)
        return {"applied": True, "id": this.id, **_counts(await results_of(reader, ids, start, within), ids)}


@asynccontextmanager
async def _planned(
    asked: _Asked,
) -> AsyncIterator[tuple[TopicReader, Activation, ShadowReport, AsyncIterator[Rerouting]]]:
    open_reader = readers()
    async with open_reader() as reader:
        live, policy = await _live(reader)
        report = ShadowReport(asked.selection)
        history = KeptHistory(open_reader, asked.span, asked.tickets)
        with spool() as diverged, progress("Routing in the shadow") as bar:
            shadow = await shadow_of(reader, policy, asked.facts, diverged)
            total = await history.size()
            yield (
                reader,
                live,
                report,
                plan_reroutings(shadow, history, report, lambda done: bar(done, total)),
            )


async def _live(reader: TopicReader) -> tuple[Activation, CompiledPolicy]:
    activations = await read_activations(reader)
    if not activations:
        raise InvalidInput("No policy is live: stellwerk policy publish FILE.")
    policy = (await read_policies(reader)).get(activations[-1].version)
    if policy is None:
        raise DependencyUnavailable("the active policy cannot be read by this version of stellwerk")
    return activations[-1], policy


def _run_id(live: Activation, asked: _Asked) -> str:
    """The same selection under the same activation is the same run."""
    selection = asked.selection
    parts = [live.version, str(live.position), asked.facts, *sorted(asked.tickets)]
    parts += [str(selection.mailbox), str(selection.group), str(selection.opened_since)]
    return hashlib.sha256("\0".join([*parts, str(selection.opened_until)]).encode()).hexdigest()[:12]


def _counts(results: list[CommandResult], ids: set[str]) -> dict[str, Any]:
    accepted = sum(result.accepted for result in results)
    return {
        "commands": len(ids),
        "accepted": accepted,
        "refused": len(results) - accepted,
        "unanswered": len(ids) - len(results),
        "reasons": sorted({result.reason for result in results if not result.accepted}),
    }


def _note(report: ShadowReport, json: bool) -> None:
    if not json:
        _show(report)


def _answer(report: ShadowReport, applied: dict[str, Any], json: bool) -> None:
    if json:
        told = {name: value for name, value in report.as_json().items() if "readable" not in name}
        print_json({**told, **applied})
    elif applied["applied"]:
        console().print(
            f"Run {applied['id']}: {applied['accepted']} of {applied['commands']} tickets re-routed.",
            markup=False,
        )
    else:
        _show(report)
        note("[dim]Nothing was changed. Do it with:[/] ", "--apply --actor USER")


def _show(report: ShadowReport) -> None:
    console().print(f"{report.decisions} decisions: {report.tickets} tickets change.")
    if report.changes:
        table = Table("field", "is", "becomes", "tickets", box=None, header_style="bold")
        for change, count in report.changes.most_common(SHOWN):
            table.add_row(change.field, change.before, change.after, str(count))
        console().print(table)
