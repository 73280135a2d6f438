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
from workers.entrypoints.stack import Stack, pages_hint
from workers.entrypoints.ticket_pages import NOBODY

WIDE = 110
_STYLES = {"routed": "green", "suppressed": "yellow", "duplicate": "yellow", "dead-lettered": "red"}
_EXPLAINED = ("process", "handler", "user_group", "area", "sla")


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
    table = _table(("mail", 27), ("what happened", 14), ("where, who", 13), ("SLA, due (UTC)", 21))
    table.add_column("who may see it, and why", ratio=1, overflow="fold")
    for number, each in enumerate(told, start=1):
        cells = _mail(each), _happened(each), _where(each), _sla(each), _who_and_why(each)
        table.add_row(str(number), *cells)
    return table


def _narrow(told: Sequence[Told]) -> Table:
    table = _table(("mail", 24), ("what happened", 21))
    table.add_column("who may see it, and why", ratio=1, overflow="fold")
    for number, each in enumerate(told, start=1):
        happened = Text("\n").join([_happened(each), _where(each), _sla(each)])
        table.add_row(str(number), _mail(each), happened, _who_and_why(each))
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
    receipt = each.outcome.receipt
    revision = f"\nrevision {receipt.revision}" if receipt.revision else ""
    style = f"bold {_STYLES.get(receipt.outcome, '')}"
    text = Text.assemble((receipt.outcome, style), f"\n{receipt.ticket_id}{revision}")
    for surprise in each.surprises:
        text.append(f"\nUNEXPECTED {surprise}", "bold red")
    return text


def _where(each: Told) -> Text:
    ticket = _decided(each)
    if ticket is None:
        return Text(NOBODY, "dim")
    handler, group = (ticket.handler or "nobody", "bold"), ticket.user_group or "no group"
    return Text.assemble(ticket.process, f"\n{ticket.area}\n", handler, f"\n{group}")


def _sla(each: Told) -> Text:
    ticket = _decided(each)
    if ticket is None or ticket.sla is None:
        return Text("no SLA" if ticket else NOBODY, "dim")
    due = (("respond", ticket.sla.respond_due_at), ("resolve", ticket.sla.resolve_due_at))
    lines = [f"{name} {at:%d %b %H:%M}" for name, at in due if at is not None]
    return Text("\n".join([f"{ticket.sla.contract} {ticket.sla.level}", *lines]))


def _who_and_why(each: Told) -> Text:
    return Text("\n").join([_who(each.outcome), *_why(each)])


def _who(outcome: DemoOutcome) -> Text:
    if outcome.tag is None:
        return Text("no message was added", "dim")
    content = [user for user, access in outcome.viewers.items() if access == "content"]
    existence = [user for user, access in outcome.viewers.items() if access == "existence"]
    text = Text(", ".join(content) or "nobody", "bold")
    if existence:
        text.append(f"; that it came: {', '.join(existence)}")
    return text


def _why(each: Told) -> list[Text]:
    """Who wrote, what gave the fields, and the flags; where nothing was assigned, the receipt's own reason."""
    ticket, outcome = _decided(each), each.outcome
    if ticket is None:
        return [Text(outcome.receipt.reason, "dim")]
    how = outcome.mail.sender.matched_by if outcome.mail else "none"
    given: dict[str, list[str]] = {}
    for name in _EXPLAINED:
        if name in ticket.sources and (name, ticket.sources[name].partition(":")[0]) != (
            "process",
            "mailbox",
        ):
            given.setdefault(ticket.sources[name], []).append(name)
    return [
        Text("sender unknown" if how == "none" else f"sender known by {how}", "dim"),
        *(Text(f"{', '.join(names)} by {source}", "dim") for source, names in given.items()),
        *(Text(flag, "yellow") for flag in ticket.flags),
    ]


def _decided(each: Told) -> RoutedTicket | None:
    """The ticket, where this mail had a say in it."""
    return each.outcome.ticket if each.outcome.receipt.outcome == "routed" else None


def what_next(stack: Stack, told: Sequence[Told], *, once: bool) -> RenderableType:
    """Where to look; after `--once` no address of the demo answers any more, so none is named."""
    if once:
        return Text(
            "What the demo started ends with it. Without --once it stays up, and says where to look next."
        )
    return _where_to_look(stack, told)


def _where_to_look(stack: Stack, told: Sequence[Told]) -> RenderableType:
    """Commands that work as they are printed, in another terminal."""
    host, port = stack.smtp
    exports = {"STELLWERK_KAFKA__BOOTSTRAP_SERVERS": stack.kafka_bootstrap, "STELLWERK_PREFIX": stack.prefix}
    ticket = told[0].outcome.receipt.ticket_id if told else "TICKET"
    lines = (
        *(f"export {name}={value}" for name, value in exports.items() if value),
        f"stellwerk explain {ticket}",
        "stellwerk tickets list",
        f"stellwerk send --server {host}:{port} --from jan@acme.test --to support@acme.example",
        f"swaks --server {host}:{port} --from jan@acme.test --to support@acme.example",
        f"curl http://{stack.http[0]}:{stack.http[1]}/readyz",
    )
    in_browser = Text(f"In a browser: {pages_hint(stack)}")
    return Group(Text("Where to look next", "bold"), *(Text("  " + line) for line in lines), in_browser)
