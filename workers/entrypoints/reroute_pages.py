"""What `stellwerk reroute` tells people."""

from __future__ import annotations

from rich.table import Table

from workers.entrypoints.output import console, note
from workers.entrypoints.reroute_run import Applied, Planned

SHOWN = 30


def show_plan(planned: Planned) -> None:
    """What would change, and who could not do it."""
    report, plan = planned.report, planned.plan
    console().print(
        f"{report.decisions} decisions, by policy {planned.live.version[:12]}: {_count(report.tickets, 'ticket')} "
        f"would change, {_count(plan.retagged, 'message')} would get a new tag."
    )
    if report.changes:
        table = Table("field", "is", "becomes", "tickets", box=None, header_style="bold")
        for change, count in report.changes.most_common(SHOWN):
            table.add_row(change.field, change.before, change.after, str(count))
        console().print(table)
    if report.unassigned:
        console().print(f"{_count(report.unassigned, 'ticket')} would have no handler.")
    if plan.shut_out:
        note(
            "[yellow]Nobody may read[/] ",
            f"{_count(plan.shut_out, 'message')} afterwards: their viewers would need what the tickets require now and "
            "what they require then. See `stellwerk command TICKET area` and `assign`.",
        )
    for example in report.examples[:3]:
        console().print(f"for example {example['ticket_id']}: stellwerk explain {example['ticket_id']}")
    if report.not_repeatable:
        note("", f"{report.not_repeatable} decisions could not be made again: stellwerk verify says which.")
    for reason, count in plan.refused.most_common():
        note("[yellow]Would be refused:[/] ", f"{_count(count, 'ticket')}: {reason}")


def show_applied(applied: Applied) -> None:
    console().print(
        f"Run {applied.id}: {_count(applied.accepted, 'ticket')} re-routed, {applied.refused.total()} refused, "
        f"{applied.unanswered} not answered yet, {applied.moved_on} changed by others meanwhile.",
        markup=False,
    )
    for reason, count in applied.refused.most_common():
        note("[yellow]Refused:[/] ", f"{_count(count, 'ticket')}: {reason}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
