"""What became of the demo's mails, for people: one row a mail, wide or narrow."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from schemas.ticket import RoutedTicket
from workers.adapters.smtp_client import Reply
from workers.entrypoints.demo_mails import DemoMail
from workers.entrypoints.demo_outcomes import DemoOutcome
from workers.entrypoints.stack import Stack
from workers.entrypoints.ticket_pages import NOBODY, minute

WIDE = 110
_STYLES = {"routed": "green", "suppressed": "yellow", "duplicate": "yellow", "dead-lettered": "red"}
_WHY = ("process", "handler", "area", "sla")


@dataclass(frozen=True, slots=True)
class Told:
    """One mail of the story, the server's reply, and what became of it."""

    mail: DemoMail
    reply: Reply
    sender: str
    outcome: DemoOutcome
    surprises: Sequence[str]


def story_table(told: Sequence[Told], width: int) -> Table:
    """Wide: a column for each question. Narrow (below 110): two questions share one."""
    return _wide(told) if width >= WIDE else _narrow(told)


def _wide(told: Sequence[Told]) -> Table:
    table = _table(("mail", 30), ("what happened", 17), ("process, area", 15), ("handler, group", 15))
    table.add_column("SLA, due (UTC)", width=17)
    table.add_column("who may see it, and why", ratio=1)
    for number, each in enumerate(told, start=1):
        see_and_why = Text("\n").join([_who(each.outcome), _why(each)])
        where, people, sla = _where(each), _people(each), _sla(each)
        table.add_row(str(number), _mail(each), _happened(each), where, people, sla, see_and_why)
    return table


def _narrow(told: Sequence[Told]) -> Table:
    table = _table(("mail", 26), ("what happened", 22))
    table.add_column("who may see it, and why", ratio=1)
    for number, each in enumerate(told, start=1):
        happened = Text("\n").join([_happened(each), _where(each), _people(each), _sla(each)])
        table.add_row(str(number), _mail(each), happened, Text("\n").join([_who(each.outcome), _why(each)]))
    return table


def _table(*columns: tuple[str, int]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_lines=True, pad_edge=False, expand=True, header_style="bold")
    table.add_column("", width=2, justify="right", style="dim")
    for heading, width in columns:
        table.add_column(heading, width=width, overflow="fold")
    return table


def _mail(each: Told) -> Text:
    return Text.assemble(
        (each.mail.title, "bold"), ("\n" + each.sender, "dim"), ("\n> " + each.reply.recipient, "dim")
    )


def _happened(each: Told) -> Text:
    receipt, ticket = each.outcome.receipt, each.outcome.ticket
    revision = f"\nrevision {receipt.revision}" if receipt.revision else ""
    flags = "".join(f"\n{flag}" for flag in ticket.flags) if ticket and receipt.outcome == "routed" else ""
    text = Text.assemble(
        (receipt.outcome, f"bold {_STYLES.get(receipt.outcome, '')}"),
        f"\n{receipt.ticket_id}{revision}",
        (flags, "yellow"),
    )
    for surprise in each.surprises:
        text.append(f"\nUNEXPECTED {surprise}", "bold red")
    return text


def _where(each: Told) -> Text:
    ticket = _decided(each)
    return Text(f"{ticket.process}\n{ticket.area}" if ticket else NOBODY)


def _people(each: Told) -> Text:
    ticket = _decided(each)
    return Text(f"{ticket.handler or 'nobody'}\n{ticket.user_group or 'no group'}" if ticket else NOBODY)


def _sla(each: Told) -> Text:
    ticket = _decided(each)
    if ticket is None or ticket.sla is None:
        return Text("no SLA" if ticket else NOBODY, "dim")
    lines = [f"{ticket.sla.contract} {ticket.sla.level}"]
    if ticket.sla.respond_due_at:
        lines.append(f"R {minute(ticket.sla.respond_due_at)}")
    if ticket.sla.resolve_due_at:
        lines.append(f"S {minute(ticket.sla.resolve_due_at)}")
    return Text("\n".join(lines))


def _who(outcome: DemoOutcome) -> Text:
    if outcome.tag is None:
        return Text("no message was added", "dim")
    content = [user for user, access in outcome.viewers.items() if access == "content"]
    existence = [user for user, access in outcome.viewers.items() if access == "existence"]
    text = Text(", ".join(content) or "nobody", "bold")
    if existence:
        text.append(f" (that it came: {', '.join(existence)})", "dim")
    return text


def _why(each: Told) -> Text:
    ticket, receipt = _decided(each), each.outcome.receipt
    if ticket is None or receipt.outcome != "routed":
        return Text(receipt.reason, "dim")
    given = [f"{name} by {ticket.sources[name]}" for name in _WHY if name in ticket.sources]
    who = each.outcome.mail.sender.matched_by if each.outcome.mail else "none"
    matched = "sender unknown" if who == "none" else f"sender known by {who}"
    return Text("; ".join([matched, *given]), "dim")


def _decided(each: Told) -> RoutedTicket | None:
    """The ticket, where this mail had a say in it."""
    return each.outcome.ticket if each.outcome.receipt.outcome == "routed" else None


def where_to_look(stack: Stack, told: Sequence[Told]) -> RenderableType:
    """Commands that work as they are printed, in another terminal."""
    host, port = stack.smtp
    environment = f"STELLWERK_KAFKA__BOOTSTRAP_SERVERS={stack.kafka_bootstrap}"
    ticket = told[0].outcome.receipt.ticket_id if told else "TICKET"
    http_host, http_port = stack.http
    lines = (
        f"export {environment}",
        f"stellwerk explain {ticket}",
        "stellwerk tickets list",
        f"stellwerk send --server {host}:{port} --from jan@acme.test --to support@acme.example",
        f"swaks --server {host}:{port} --from jan@acme.test --to support@acme.example",
        f"curl http://{http_host}:{http_port}/readyz",
    )
    return Group(Text("Where to look next", "bold"), *(Text("  " + line) for line in lines))
