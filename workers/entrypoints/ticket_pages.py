"""Tickets for people."""

from datetime import datetime

from rich.console import Group
from rich.table import Table
from rich.text import Text

from schemas.ticket import RoutedTicket, Sla

NOBODY = "-"


def tickets_table(tickets: list[RoutedTicket]) -> Table:
    """One line a ticket: 120 columns hold all of it; below, the last columns fold."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("ticket", "opened (UTC)", "status", "mailbox"):
        table.add_column(heading, no_wrap=True)
    for heading in ("process / area", "handler / group", "SLA, due (UTC)", "mails"):
        table.add_column(heading, overflow="fold")
    for ticket in tickets:
        table.add_row(
            ticket.ticket_id,
            minute(ticket.opened_at),
            ticket.status,
            ticket.mailbox,
            f"{ticket.process} / {ticket.area}",
            assignment(ticket),
            sla_line(ticket.sla),
            str(ticket.deliveries),
        )
    return table


def ticket_page(ticket: RoutedTicket) -> Group:
    """Everything of one ticket, each field with what gave it."""
    fields = Table(box=None, show_header=False, pad_edge=False)
    fields.add_column(style="bold", no_wrap=True)
    fields.add_column(overflow="fold")
    fields.add_column(style="dim", overflow="fold")
    for name, value in ticket_fields(ticket):
        fields.add_row(name, value, ticket.sources.get(name, ""))
    head = Text.assemble(
        (ticket.ticket_id, "bold"), f"  revision {ticket.revision}  {ticket.status}  {ticket.mailbox}"
    )
    return Group(head, fields)


def ticket_fields(ticket: RoutedTicket) -> list[tuple[str, str]]:
    """Names as in `sources` where a field has one."""
    requires = ticket.requires
    return [
        ("opened", f"{minute(ticket.opened_at)} UTC"),
        ("process", ticket.process),
        ("area", ticket.area),
        ("handler", ticket.handler or NOBODY),
        ("user_group", ticket.user_group or NOBODY),
        ("sla", sla_line(ticket.sla)),
        ("customer", customer(ticket)),
        ("groups", listed(ticket.groups)),
        ("price_lists", listed(ticket.price_lists)),
        ("requires", f"books: {listed(requires.address_books)}  areas: {listed(requires.areas)}  "),
        ("", f"user groups: {listed(requires.user_groups)}"),
        ("flags", listed(ticket.flags)),
        ("mails", str(ticket.deliveries)),
        ("cause", f"{ticket.cause.kind} {ticket.cause.id}"),
        ("changed", listed(ticket.changed)),
        ("policy", ticket.policy_version),
        ("reply to", ticket.reply.reply_to),
    ]


def assignment(ticket: RoutedTicket) -> str:
    """The pair: who is responsible, and which group may see it."""
    return f"{ticket.handler or NOBODY} / {ticket.user_group or NOBODY}"


def customer(ticket: RoutedTicket) -> str:
    who = ticket.customer
    if not who.known:
        return "unknown"
    return (
        who.contact_id or "-"
        if who.company_id in (None, who.contact_id)
        else f"{who.contact_id} of {who.company_id}"
    )


def sla_line(sla: Sla | None) -> str:
    """Contract, level, and the next due time."""
    if sla is None:
        return NOBODY
    if sla.paused:
        return f"{sla.contract}/{sla.level}, paused"
    due = next_due(sla)
    return f"{sla.contract}/{sla.level}" + (f", {minute(due)}" if due else "")


def next_due(sla: Sla) -> datetime | None:
    """Of the clock that stops first; None where both have stopped or wait."""
    return sla.respond_due_at or sla.resolve_due_at


def minute(time: datetime) -> str:
    """UTC, to the minute: for tables that say so in their head."""
    return time.strftime("%Y-%m-%d %H:%M")


def listed(values: tuple[str, ...]) -> str:
    return ", ".join(values) or NOBODY
