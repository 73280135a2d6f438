"""Which due times move, and which prices change, for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from workers.processors.deadline_report import DeadlineReport
from workers.processors.order_report import OrderReport, plain_amount
from workers.routing.deadline_moves import DeadlineMove

SHOWN = 20


def deadline_pages(report: DeadlineReport) -> Iterator[RenderableType]:
    """Nothing where nothing moves."""
    if not report.tickets:
        return
    yield (
        f"Due times of {report.tickets} of {report.looked_at} open tickets move: {report.earlier} earlier, "
        f"{report.later} later, {report.begin} new, {report.end} given up. "
        f"Breached at once: {report.breached_at_once}; no longer: {report.no_longer_breached}."
    )
    table = _table("ticket", "clock", "due (UTC)", "would be", "")
    for move in report.listed[:SHOWN]:
        row = (move.ticket_id, move.clock, _time(move.before), _time(move.after))
        table.add_row(*row, _breach(move, report.now))
    yield table
    if (more := report.earlier + report.later + report.begin + report.end - SHOWN) > 0:
        yield f"[dim]and {more} more: --json lists the first thousand[/]"


def order_pages(report: OrderReport) -> Iterator[RenderableType]:
    """Nothing where no order was looked at that would differ."""
    if report.changed_lines:
        yield (
            f"Prices: {report.changed_lines} of {report.lines} lines in {report.changed_orders} of {report.orders} "
            f"past orders change; {report.becoming_unpriced} would have no price any more, "
            f"{report.becoming_priced} would get one."
        )
        yield _totals(report)
        yield _lines(report)
    if report.not_comparable:
        yield (
            f"{report.not_comparable} orders can't be compared: the directory of now does not give the prices of "
            "then. --directory current counts them too."
        )


def _totals(report: OrderReport) -> Table:
    table = _table("customer", "currency", "lines", "was", "would be", "difference")
    for customer, currency, total in report.largest[:SHOWN]:
        amounts = (total.before, total.after, total.difference)
        table.add_row(
            escape(customer), escape(currency), str(total.lines), *(plain_amount(each) for each in amounts)
        )
    return table


def _lines(report: OrderReport) -> Table:
    table = _table("for example order", "item", "quantity", "was", "would be")
    for example in report.examples[:5]:
        was, would_be = (_price(example[name]) for name in ("before", "after"))
        table.add_row(
            escape(example["order_id"]), escape(example["sku"]), str(example["quantity"]), was, would_be
        )
    return table


def _price(told: dict[str, str | None]) -> str:
    if told["unit_price"] is None:
        return escape(f"no price: {told['reason']}")
    return escape(f"{told['unit_price']} ({told['price_list'] or 'product'})")


def _breach(move: DeadlineMove, now: datetime) -> str:
    if move.is_breached_at_once(now):
        return "breached at once"
    return "no longer breached" if move.is_no_longer_breached(now) else ""


def _time(at: datetime | None) -> str:
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M}"


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table
