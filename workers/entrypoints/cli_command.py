"""`stellwerk command`: act on a ticket."""

import json as json_module
from datetime import timedelta
from typing import Annotated, Any, get_args
from uuid import uuid4

import typer

from schemas.command import CommandResult, TicketCommand
from schemas.vocabulary import CommandKind
from workers.entrypoints.configured import now, topics_reader, topics_writer
from workers.entrypoints.failures import NO, run
from workers.entrypoints.output import JsonFlag, console, print_json
from workers.errors import InvalidInput
from workers.processors.ticket_commands import command_and_wait

app = typer.Typer()
KINDS: tuple[str, ...] = get_args(CommandKind)
_JSON_BEGINS = ("{", "[", '"')
_JSON_WORDS = ("true", "false", "null")


@app.command()
def command(
    ticket_id: Annotated[str, typer.Argument(metavar="TICKET")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help=", ".join(KINDS))],
    value: Annotated[str | None, typer.Argument(help="A word or JSON; see CONTRIBUTING.md.")] = None,
    actor: Annotated[str, typer.Option(help="The user who wants it: their rights count.")] = "",
    delivery: Annotated[
        str | None, typer.Option(help="`area` and `private` may be for one message only.")
    ] = None,
    expected_revision: Annotated[
        int | None, typer.Option(min=1, help="Refuse it if the ticket has changed since this revision.")
    ] = None,
    wait: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for the answer.")] = 30.0,
    json: JsonFlag = False,
) -> None:
    """Send a command to a ticket and wait for its answer. Exit 1 where it was refused.

    Examples:

      stellwerk command T-7Z9Q2M4K8XWA severity critical --actor petr

      stellwerk command T-7Z9Q2M4K8XWA status solved --actor petr --expected-revision 3

      stellwerk command T-7Z9Q2M4K8XWA assign '{"handler": "eva"}' --actor petr --json
    """
    wanted = TicketCommand(
        command_id=str(uuid4()),
        ticket_id=ticket_id,
        kind=_known(kind),
        actor=_given(actor),
        at=now(),
        expected_revision=expected_revision,
        value=parse_value(value),
        delivery_id=delivery,
    )
    result = run(_send(wanted, timedelta(seconds=wait)))
    if json:
        print_json(result)
    else:
        word = "[green]accepted[/]" if result.accepted else "[red]refused[/]"
        revision = "" if result.revision is None else f", revision {result.revision}"
        console().print(f"{word}: {result.reason}{revision}")
    if not result.accepted:
        raise typer.Exit(NO)


def parse_value(text: str | None) -> Any:
    """JSON where it looks like it (an object, a list, quoted, true, false, null), else the word itself: a
    severity named 1 stays a word. Raises `InvalidInput` for broken JSON."""
    if text is None or not (text[:1] in _JSON_BEGINS or text in _JSON_WORDS):
        return text
    try:
        return json_module.loads(text)
    except ValueError as error:
        raise InvalidInput(f"VALUE looks like JSON, but is none: {error}.") from error


async def _send(wanted: TicketCommand, within: timedelta) -> CommandResult:
    async with topics_reader("Waiting for the answer") as reader:
        return await command_and_wait(wanted, reader, topics_writer(), within)


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise InvalidInput(f"There is no command {kind}: use {', '.join(KINDS)}.")
    return kind


def _given(actor: str) -> str:
    if not actor:
        raise InvalidInput("--actor USER is needed: commands are authorised by the user's rights.")
    return actor
