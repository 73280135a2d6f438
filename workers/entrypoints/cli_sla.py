"""`stellwerk sla`: what is due, and where the time went."""

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer

from schemas.ticket import TicketState
from workers.entrypoints.configured import now, topics_reader
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.output import JsonFlag, Limit, console, note, print_json
from workers.entrypoints.sla_pages import due_as_json, due_table, ledger_as_json, ledger_pages
from workers.errors import InvalidInput
from workers.processors.sla_queries import Due, list_due, read_ledger
from workers.routing.sla_ledger import ClockLedger

app = typer.Typer(no_args_is_help=True)
_WITHIN = re.compile(r"([0-9]{1,6})(m|h|d)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@app.callback()
def sla() -> None:
    """Service levels: what is due, and where the time went."""


@app.command()
def due(
    within: Annotated[str, typer.Option(help="How far ahead, by the wall clock: 30m, 4h, 2d.")] = "4h",
    after: Annotated[str | None, typer.Option(help="Those that follow this ticket in the list.")] = None,
    limit: Limit = 50,
    json: JsonFlag = False,
) -> None:
    """List the running clocks that are due soon or overdue, the earliest first.

    Examples:

      stellwerk sla due --within 30m

      stellwerk sla due --within 2d --json | jq -r 'select(.overdue) | .ticket_id'
    """
    at = now()
    until = at + parse_within(within)

    async def read() -> list[Due]:
        async with topics_reader("Reading tickets") as reader:
            return await list_due(reader, until)

    found = _after(run(read()), after)[:limit]
    if json:
        for each in found:
            print_json(due_as_json(each, at))
    elif found:
        console().print(due_table(found, at))
    else:
        note(f"Nothing is due within {within}.")


@app.command()
def show(ticket_id: Annotated[str, typer.Argument(metavar="TICKET")], json: JsonFlag = False) -> None:
    """Show both clocks of a ticket: each stretch that counted and each that did not, and why.

    By the calendar that is live. Exit 1 where there is no such ticket, or it has no SLA.

    Examples:

      stellwerk sla show T-7Z9Q2M4K8XWA

      stellwerk sla show T-7Z9Q2M4K8XWA --json | jq '.clocks[].left'
    """
    state, clocks = _ledger(ticket_id, now())
    if json:
        print_json(ledger_as_json(state, clocks))
    else:
        for page in ledger_pages(state, clocks):
            console().print(page)


def parse_within(text: str) -> timedelta:
    """Raises `InvalidInput`."""
    found = _WITHIN.fullmatch(text)
    if found is None:
        raise InvalidInput("--within is a number of minutes, hours or days: 30m, 4h, 2d.")
    return int(found[1]) * _UNITS[found[2]]


def _ledger(ticket_id: str, at: datetime) -> tuple[TicketState, tuple[ClockLedger, ...]]:
    async def read() -> tuple[TicketState, tuple[ClockLedger, ...]] | None:
        async with topics_reader("Reading the ticket") as reader:
            return await read_ledger(reader, ticket_id, at)

    found = run(read())
    if found is None:
        raise Negative(f"there is no ticket {ticket_id}.")
    if found[0].ticket.sla is None:
        raise Negative(f"{ticket_id} has no SLA.")
    return found


def _after(found: list[Due], after: str | None) -> list[Due]:
    """What follows the ticket's last clock in the list."""
    if after is None:
        return found
    places = [number for number, each in enumerate(found) if each.ticket_id == after]
    if not places:
        raise InvalidInput(f"{after} is not in the list.")
    return found[places[-1] + 1 :]
