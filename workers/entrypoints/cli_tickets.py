"""`stellwerk tickets`: tickets as they stand."""

from datetime import datetime
from typing import Annotated

import typer

from schemas.ticket import RoutedTicket, TicketState
from workers.entrypoints.configured import now, topics_reader, topics_writer
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.output import JsonFlag, Limit, YesFlag, confirm, console, note, print_json
from workers.entrypoints.spools import spool
from workers.entrypoints.ticket_pages import ticket_page, tickets_table
from workers.errors import InvalidInput
from workers.processors.retire import order_retirement, retirable
from workers.processors.ticket_queries import find_ticket, list_tickets

app = typer.Typer(no_args_is_help=True)


@app.callback()
def tickets() -> None:
    """Tickets as they stand."""


@app.command("list")
def list_command(
    limit: Limit = 20,
    after: Annotated[str | None, typer.Option(help="Those that follow this ticket in the list.")] = None,
    status: Annotated[str | None, typer.Option(help="open, waiting, solved or closed.")] = None,
    mailbox: Annotated[str | None, typer.Option(help="Of this mailbox.")] = None,
    handler: Annotated[str | None, typer.Option(help="Of this user.")] = None,
    json: JsonFlag = False,
) -> None:
    """List tickets, the last opened first.

    Examples:

      stellwerk tickets list --status open --handler petr

      stellwerk tickets list --json --limit 100 | jq -r .ticket_id
    """

    def wanted(ticket: RoutedTicket) -> bool:
        asked = ((status, ticket.status), (mailbox, ticket.mailbox), (handler, ticket.handler))
        return all(value is None or value == found for value, found in asked)

    async def read() -> list[RoutedTicket]:
        async with topics_reader("Reading tickets") as reader:
            start = None if after is None else await find_ticket(reader, after)
            if after is not None and start is None:
                raise InvalidInput(f"There is no ticket {after} to list after.")
            return await list_tickets(reader, wanted, limit=limit, after=start)

    found = run(read())
    if json:
        for ticket in found:
            print_json(ticket)
    elif found:
        console().print(tickets_table(found))
        if len(found) == limit:
            note("[dim]More: [/]", f"stellwerk tickets list --after {found[-1].ticket_id}")
    else:
        note("No tickets.")


@app.command()
def show(
    ticket_id: Annotated[str, typer.Argument(metavar="TICKET")],
    json: JsonFlag = False,
) -> None:
    """Show one ticket, each field with what gave it.

    Examples:

      stellwerk tickets show T-7Z9Q2M4K8XWA

      stellwerk tickets show T-7Z9Q2M4K8XWA --json | jq .sla
    """
    ticket = run(read_ticket(ticket_id))
    if json:
        print_json(ticket)
    else:
        console().print(ticket_page(ticket))


async def read_ticket(ticket_id: str) -> RoutedTicket:
    """Raises `Negative` where there is none."""
    async with topics_reader("Reading the ticket") as reader:
        ticket = await find_ticket(reader, ticket_id)
    if ticket is None:
        raise Negative(f"there is no ticket {ticket_id}.")
    return ticket


@app.command()
def retire(
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many at once.")] = 10_000,
    apply: Annotated[bool, typer.Option("--apply", help="Order it; else only say which.")] = False,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Remove tickets that were closed longer ago than `closed.retire_after` of their process: a dry run, or --apply.

    Their lanes remove them from `tickets.state` and Redis, with a receipt. A late mail opens a new, linked ticket.

    Examples:

      stellwerk tickets retire

      stellwerk tickets retire --apply --limit 1000
    """
    at = now()
    found = run(_retirable(limit, at))
    if apply and found:
        confirm(f"Remove {len(found)} tickets?", yes)
        run(order_retirement(topics_writer(), found, at))
    if json:
        for state in found:
            ticket = state.ticket
            print_json({"ticket_id": ticket.ticket_id, "closed_at": state.closed_at, "ordered": apply})
        return
    console().print(f"{len(found)} tickets {'are ordered to go' if apply else 'may go'}.")
    if len(found) == limit:
        note("There may be more: run it again.")


async def _retirable(limit: int, at: datetime) -> list[TicketState]:
    async with topics_reader("Reading tickets") as reader:
        with spool() as kept:
            return [state async for state in retirable(reader, kept, at, limit=limit)]
