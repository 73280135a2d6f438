"""The story of a mail or a ticket for people: its receipts in order, what each changed, and how it all stands now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from schemas.vocabulary import Access
from workers.entrypoints.receipt_pages import receipt_page
from workers.entrypoints.sla_pages import plain, standing
from workers.entrypoints.ticket_pages import ticket_page
from workers.processors.explain import Explained, Explanation
from workers.processors.explain_around import Around
from workers.routing.sla_ledger import ClockLedger

_NO_TIME = timedelta(0)


def story_page(explanation: Explanation, around: Around) -> Group:
    """All decisions, then the tickets as they stand now."""
    parts: list[RenderableType] = []
    for decision in explanation.decisions:
        parts += [receipt_page(decision), *map(_indented, _after(decision, around)), ""]
    for ticket in explanation.tickets:
        parts += [Text("The ticket now", style="bold underline"), ticket_page(ticket)]
        parts += [_indented(clock_line(clock)) for clock in around.clocks.get(ticket.ticket_id, ())]
    return Group(*parts)


def _after(decision: Explained, around: Around) -> Iterator[Text]:
    for change in around.changes(decision):
        yield Text.assemble("Changed ", (change.field, "bold"), f": {change.before} → {change.after}")
    if decision.tag is not None:
        yield Text(f"Seen now by {seen_by(around.seen_by.get(decision.tag.delivery_id, {}))}")


def seen_by(viewers: Mapping[str, Access]) -> str:
    """Users by what they see: ids, content first."""
    readers = [user for user, access in viewers.items() if access == "content"]
    others = [user for user, access in viewers.items() if access == "existence"]
    told = ", ".join(readers) or "nobody"
    return f"{told}; that it arrived, no more: {', '.join(others)}" if others else told


def clock_line(clock: ClockLedger) -> Text:
    """One SLA clock's arithmetic; the stretches are in `stellwerk sla show`."""
    closed = sum((each.end - each.start for each in clock.stretches if not each.counted), start=_NO_TIME)
    left_out = f", {plain(closed)} left out" if closed else ""
    return Text.assemble((clock.clock, "bold"), f" within {clock.promised}: {standing(clock)}{left_out}")


def _indented(line: Text) -> Padding:
    return Padding(line, (0, 0, 0, 2))
