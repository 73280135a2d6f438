"""Due times and ledgers, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from rich.console import RenderableType
from rich.table import Table

from schemas.ticket import TicketState
from workers.processors.sla_queries import Due
from workers.routing.sla_ledger import ClockLedger

_SECOND = timedelta(seconds=1)


def due_as_json(due: Due, at: datetime) -> dict[str, object]:
    """`left`: by the wall clock, nothing once it is overdue."""
    ticket, sla = due.ticket, due.ticket.sla
    return {
        "ticket_id": due.ticket_id,
        "clock": due.clock,
        "due_at": _time(due.due_at),
        "overdue": due.due_at < at,
        "left": iso_duration(max(due.due_at - at, timedelta(0))),
        "contract": sla.contract if sla else None,
        "level": sla.level if sla else None,
        "status": ticket.status,
        "handler": ticket.handler,
        "user_group": ticket.user_group,
    }


def due_table(found: Iterable[Due], at: datetime) -> Table:
    table = _table("due (UTC)", "in", "ticket", "clock", "level", "handler / group")
    for due in found:
        ticket, sla = due.ticket, due.ticket.sla
        left = due.due_at - at
        table.add_row(
            f"{due.due_at:%Y-%m-%d %H:%M}",
            plain(left) if left > timedelta(0) else f"overdue by {plain(-left)}",
            due.ticket_id,
            due.clock,
            f"{sla.contract} {sla.level}" if sla else "-",
            f"{ticket.handler or '-'} / {ticket.user_group or '-'}",
        )
    return table


def ledger_as_json(state: TicketState, clocks: Sequence[ClockLedger]) -> dict[str, object]:
    """The stretches of each clock, and their sums as ISO 8601 durations."""
    ticket = state.ticket
    return {
        "ticket_id": ticket.ticket_id,
        "status": ticket.status,
        "opened_at": _time(ticket.opened_at),
        "sla": None if ticket.sla is None else ticket.sla.model_dump(mode="json"),
        "clocks": [_clock_as_json(clock) for clock in clocks],
    }


def ledger_pages(state: TicketState, clocks: Sequence[ClockLedger]) -> Iterator[RenderableType]:
    sla = state.ticket.sla
    level = f"{sla.contract} {sla.level}" if sla else "no SLA"
    yield f"[bold]{state.ticket.ticket_id}[/]  {state.ticket.status}  {level}"
    if not clocks:
        yield "The policy that is live has no such contract and level: nothing is promised."
    for clock in clocks:
        yield f"\n[bold]{clock.clock}[/] within {clock.promised}: {standing(clock)}"
        table = _table("from (UTC)", "to", "counted", "why")
        for each in clock.stretches:
            lasted = plain(each.end - each.start)
            table.add_row(
                f"{each.start:%Y-%m-%d %H:%M:%S}",
                f"{each.end:%Y-%m-%d %H:%M:%S}",
                lasted if each.counted else f"[dim]({lasted})[/]",
                each.why,
            )
        yield table


def iso_duration(span: timedelta) -> str:
    """Hours, minutes and whole seconds: PT4H30M, PT0S."""
    hours, rest = divmod(span // _SECOND, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0S")


def plain(span: timedelta) -> str:
    """`4 h 30 min`; seconds only below a minute."""
    minutes, seconds = divmod(span // _SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts) or f"{seconds} s"


def standing(clock: ClockLedger) -> str:
    """How much of it is used, and when it is due or when it stopped."""
    if clock.stopped_at is not None:
        end = f"stopped at {clock.stopped_at:%Y-%m-%d %H:%M} UTC"
    else:
        end = f"due at {clock.due_at:%Y-%m-%d %H:%M} UTC, {plain(clock.left)} of open time left"
    told = " and ".join(word for word, out in (("warned", clock.warned), ("breached", clock.breached)) if out)
    return f"{plain(clock.counted)} counted, {end}{f'; {told}' if told else ''}"


def _clock_as_json(clock: ClockLedger) -> dict[str, object]:
    return {
        "clock": clock.clock,
        "promised": clock.promised,
        "due_at": _time(clock.due_at),
        "stopped_at": None if clock.stopped_at is None else _time(clock.stopped_at),
        "warned": clock.warned,
        "breached": clock.breached,
        "counted": iso_duration(clock.counted),
        "left": iso_duration(clock.left),
        "stretches": [
            {"from": _time(each.start), "to": _time(each.end), "counted": each.counted, "why": each.why}
            for each in clock.stretches
        ],
    }


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
