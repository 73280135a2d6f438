"""`stellwerk policy diff` and `history`: what a candidate would have changed, and what was live when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from schemas.topics import ORDERS_PRICED
from workers.entrypoints.checked_files import as_directory, checked_policy
from workers.entrypoints.configured import now, topics_reader
from workers.entrypoints.diff_pages import deadline_pages, order_pages
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.history_options import (
    DirectoryFacts,
    Group,
    Mailbox,
    Since,
    Until,
    facts_of,
    period,
    readers,
)
from workers.entrypoints.output import JsonFlag, Limit, console, print_json, progress
from workers.entrypoints.shadow_needs import Facts, Known, read_known, shadow_from
from workers.entrypoints.shadow_shares import sharing
from workers.entrypoints.shares import Jobs
from workers.entrypoints.spools import spool
from workers.processors.deadline_report import DeadlineReport
from workers.processors.kept_history import KeptHistory, Period
from workers.processors.order_report import OrderReport
from workers.processors.policy_archive import Activation, read_activations
from workers.processors.publish_directory import published_entities
from workers.processors.shadow_deadlines import ShadowDeadlines
from workers.processors.shadow_orders import ShadowOrders
from workers.processors.shadow_report import Selection, ShadowReport
from workers.processors.topic_reader import TopicReader
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.policy_version import version_of
from workers.routing.view_changes import Sight

SHOWN = 30

Candidate = Annotated[
    Path,
    typer.Argument(metavar="CANDIDATE", exists=True, dir_okay=False, readable=True, help="A policy file."),
]


@dataclass(frozen=True, slots=True)
class Differences:
    """`tickets` counts those of which only due times move, too."""

    tickets: ShadowReport
    deadlines: DeadlineReport
    orders: OrderReport

    def as_json(self) -> dict[str, Any]:
        more = {"deadlines": self.deadlines.as_json(), "orders": self.orders.as_json()}
        return self.tickets.as_json() | more


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is tried, on what, and by which facts."""

    candidate: CompiledPolicy
    facts: Facts
    span: Period
    selection: Selection
    jobs: int | None


def diff(
    candidate: Candidate,
    since: Since = None,
    until: Until = None,
    mailbox: Mailbox = None,
    group: Group = None,
    directory: DirectoryFacts = "recorded",
    max_changes: Annotated[
        int | None, typer.Option("--max-changes", min=0, help="Exit 1 where more tickets change.")
    ] = None,
    max_price_changes: Annotated[
        int | None, typer.Option("--max-price-changes", min=0, help="Exit 1 where more order lines change.")
    ] = None,
    allow_newly_readable: Annotated[
        bool, typer.Option("--allow-newly-readable", help="Exit 0 also where somebody would see more.")
    ] = False,
    jobs: Jobs = None,
    json: JsonFlag = False,
) -> None:
    """Route kept history in a shadow under a candidate, and compare with what was decided. Nothing is written.

    Due times are compared for every ticket that is open, also from before --since: `stellwerk reroute` moves them
    once the candidate is live. Such a ticket counts for --max-changes like any other. Past orders are priced again.
    They have no mailbox: with --mailbox they are left out.

    Exit 1 where a message becomes readable for somebody, unless that is allowed, or above --max-changes or
    --max-price-changes: fit for a check of every change to the policy.

    Examples:

      stellwerk policy diff policy.yaml --since 2026-11-01

      stellwerk policy diff policy.yaml --mailbox support@acme.example --max-changes 20 --json | jq .changes

      stellwerk policy diff policy.yaml --json | jq -r '.deadlines.moves[] | select(.breached_at_once).ticket_id'
    """
    selection = Selection(mailbox, group)
    found = run(_cast(candidate, facts_of(directory), period(since, until), selection, jobs))
    if json:
        print_json(found.as_json())
    else:
        _show(found.tickets)
        for page in (*deadline_pages(found.deadlines), *order_pages(found.orders)):
            console().print(page)
    _judge(found, max_changes, max_price_changes, allow_newly_readable)


def history(limit: Limit = 20, json: JsonFlag = False) -> None:
    """List the activations, the latest first: which version was live from when on, and who made it so.

    Examples:

      stellwerk policy history --json | jq -r .version
    """
    found = run(_activations())[::-1][:limit]
    if json:
        for each in found:
            print_json(_as_json(each))
        return
    table = Table("live from", "version", "by", box=None, header_style="bold")
    for each in found:
        table.add_row(each.activated_at.isoformat(timespec="seconds"), each.version, each.actor)
    console().print(table)


def _as_json(activation: Activation) -> dict[str, Any]:
    return {
        "version": activation.version,
        "activated_at": activation.activated_at.isoformat(),
        "actor": activation.actor,
    }


async def _activations() -> list[Activation]:
    async with topics_reader("Reading activations") as reader:
        return await read_activations(reader)


async def _cast(
    candidate: Path, facts: Facts, span: Period, selection: Selection, jobs: int | None
) -> Differences:
    async with readers()() as reader:
        entities = await published_entities(reader)
        policy = checked_policy(candidate, as_directory(entities.values()) if entities else None)
        asked = _Asked(compile_policy(policy, version_of(policy)), facts, span, selection, jobs)
        known = await read_known(reader)
        report, deadlines, orders = ShadowReport(selection), DeadlineReport(now()), OrderReport()
        await _cast_tickets(reader, known, asked, report, deadlines)
        if selection.mailbox is None:
            await _cast_orders(reader, known, asked, orders)
    return Differences(report, deadlines, orders)


async def _cast_tickets(
    reader: TopicReader, known: Known, asked: _Asked, report: ShadowReport, deadlines: DeadlineReport
) -> None:
    kept = KeptHistory(readers(), asked.span)
    total = await kept.size()
    with spool() as diverged, spool() as changed, spool() as states, progress("Routing in the shadow") as bar:
        shadow = shadow_from(known, asked.candidate, asked.facts, diverged)
        shadow = await sharing(shadow, kept, asked.facts, asked.span, frozenset(), asked.jobs)
        sight = Sight(shadow.users)
        due = ShadowDeadlines(asked.candidate, changed, states)
        async for ticket_id, outcomes in shadow.cast(kept, report, lambda done: bar(done, total)):
            report.add(ticket_id, outcomes, sight)
            due.note(ticket_id, outcomes)
        await due.look(reader, report, deadlines)


async def _cast_orders(reader: TopicReader, known: Known, asked: _Asked, report: OrderReport) -> None:
    recorded, group = asked.facts == "recorded", asked.selection.group
    shadow = ShadowOrders(known.policies, asked.candidate, known.directory, recorded, group)
    total = sum((await reader.ends([ORDERS_PRICED])).values())
    with progress("Pricing in the shadow") as bar:
        await shadow.cast(reader, asked.span, report, lambda done: bar(done, total))


def _show(report: ShadowReport) -> None:
    console().print(
        f"{report.decisions} decisions: {report.tickets} tickets would be others, {report.unassigned} of them "
        f"without a handler. Seen newly: {report.newly_readable}; no longer: {report.no_longer_readable}."
    )
    if report.not_repeatable:
        console().print(f"{report.not_repeatable} decisions could not be made again.")
    if report.changes:
        table = Table("field", "was", "would be", "tickets", box=None, header_style="bold")
        for change, count in report.changes.most_common(SHOWN):
            table.add_row(change.field, change.before, change.after, str(count))
        console().print(table)
    if report.gains:
        table = Table("would see more", "messages of", "messages", box=None, header_style="bold")
        for (user, contact), count in report.gains_of.most_common(SHOWN):
            table.add_row(user, contact, str(count))
        console().print(table)
    for example in report.examples[:3]:
        console().print(f"for example {example['ticket_id']}: stellwerk explain {example['ticket_id']}")


def _judge(
    found: Differences, max_changes: int | None, max_price_changes: int | None, allow_newly_readable: bool
) -> None:
    report, lines = found.tickets, found.orders.changed_lines
    if report.newly_readable and not allow_newly_readable:
        raise Negative(
            f"{report.newly_readable} times somebody would see more of a message than now "
            f"({len(report.gains)} users; --allow-newly-readable)."
        )
    if max_changes is not None and report.tickets > max_changes:
        raise Negative(f"{report.tickets} tickets would change, more than {max_changes}.")
    if max_price_changes is not None and lines > max_price_changes:
        raise Negative(f"{lines} lines of past orders would change, more than {max_price_changes}.")


def register(app: typer.Typer) -> None:
    """Add both to `stellwerk policy`."""
    app.command()(diff)
    app.command()(history)
