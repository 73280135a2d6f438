"""`stellwerk dead-letters`: what was set aside, and what to do with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from schemas.topics import ORDERS_PLACED
from workers.entrypoints.configured import kafka_connection, now, topics_reader, topics_writer
from workers.entrypoints.dead_letter_pages import as_json, raw_as_json, table
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.output import JsonFlag, Limit, YesFlag, confirm, console, note, print_json
from workers.errors import InvalidInput
from workers.processors.dead_letters import OPEN, SetAside, list_set_aside
from workers.processors.redrive import Action, Result, act_on

app = typer.Typer(no_args_is_help=True)

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID...", help="As `list` shows them.")]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"], help="Only what was set aside since then."),
]
All = Annotated[bool, typer.Option("--all", help="All open ones that the filters leave.")]
Stage = Annotated[str | None, typer.Option(help="Only of this stage: decode, enrich, route, command, price.")]
Actor = Annotated[str, typer.Option(help="Who wants it; stands in the receipts.")]
Wait = Annotated[float, typer.Option(min=0.1, help="Seconds to wait for the outcomes.")]


@app.callback()
def dead_letters() -> None:
    """Records that could not be processed: nothing of them is lost (P8)."""


@app.command("list")
def list_command(
    closed: Annotated[
        bool, typer.Option("--closed", help="Also those that were redriven or discarded.")
    ] = False,
    stage: Stage = None,
    since: Since = None,
    after: Annotated[str | None, typer.Option(help="Those that follow this one in the list.")] = None,
    limit: Limit = 50,
    json: JsonFlag = False,
) -> None:
    """List what was set aside, oldest first.

    Examples:

      stellwerk dead-letters list --stage decode

      stellwerk dead-letters list --json --closed | jq -r .id
    """
    found = _after(_filtered(run(_read(since, closed=closed)), stage), after)[:limit]
    if json:
        for letter in found:
            print_json(as_json(letter))
    elif found:
        console().print(table(found))
    else:
        note("Nothing is set aside.")


@app.command()
def show(id_: Annotated[str, typer.Argument(metavar="ID")], json: JsonFlag = False) -> None:
    """Show one: why it is here, where it came from, and its headers. Its raw value only with --json.

    Examples:

      stellwerk dead-letters show 2-17

      stellwerk dead-letters show 2-17 --json | jq -r .value | base64 -d
    """
    (letter,) = _chosen(run(_read(None, closed=True)), [id_])
    if json:
        print_json(as_json(letter) | raw_as_json(letter))
        return
    for name, value in as_json(letter).items():
        console().print(f"[bold]{name}[/]", str(value), markup=True, soft_wrap=True)
    for name, octets in letter.original.headers:
        console().print(f"[dim]{name}[/]", octets.decode("utf-8", "replace"), soft_wrap=True)


@app.command()
def redrive(
    ids: Ids = None,
    all_: All = False,
    stage: Stage = None,
    since: Since = None,
    actor: Actor = "operator",
    wait: Wait = 30.0,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Try them again, in their order. Each is tried once more, however many people ask for it at once.

    Exit 1 where one was set aside again, or was not decided in time.

    Examples:

      stellwerk dead-letters redrive 2-17

      stellwerk dead-letters redrive --all --stage decode --yes
    """
    _carry_out("redrive", _redrivable(_wanted(ids, all_, stage, since)), actor, wait, yes, json)


@app.command()
def discard(
    ids: Ids = None,
    all_: All = False,
    stage: Stage = None,
    since: Since = None,
    actor: Actor = "operator",
    wait: Wait = 30.0,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Give them up: a receipt says who did. They stay in the topic and can be listed with --closed.

    Examples:

      stellwerk dead-letters discard 2-17 --actor petr
    """
    _carry_out("discard", _wanted(ids, all_, stage, since), actor, wait, yes, json)


def _wanted(ids: list[str] | None, all_: bool, stage: str | None, since: datetime | None) -> list[SetAside]:
    if bool(ids) == all_:
        raise InvalidInput("Name dead letters, or say --all.")
    found = run(_read(since, closed=bool(ids)))
    letters = _filtered(found, stage) if all_ else _chosen(found, ids or [])
    for letter in letters:
        if letter.state != OPEN:
            note(f"{letter.id} is passed over: ", letter.state)
    return [letter for letter in letters if letter.state == OPEN]


def _redrivable(letters: list[SetAside]) -> list[SetAside]:
    """Not orders: they have no ticket that would remember that they were tried again."""
    orders = [letter for letter in letters if letter.record.topic == ORDERS_PLACED.name]
    for letter in orders:
        note(f"{letter.id} is passed over: ", "an order; the shop places it again")
    return [letter for letter in letters if letter not in orders]


def _carry_out(
    action: Action, letters: list[SetAside], actor: str, wait: float, yes: bool, json: bool
) -> None:
    if not letters:
        note("Nothing to do.")
        return
    confirm(f"{action.capitalize()} {len(letters)} dead letters?", yes)
    results = run(_order(action, letters, actor, wait))
    for result in results:
        outcome = "on its way" if result.receipt is None else result.receipt.outcome
        if json:
            print_json({"id": result.letter.id, "outcome": outcome})
        else:
            console().print(f"{result.letter.id}  {outcome}")
    if failed := [result for result in results if _failed(result)]:
        raise Negative(f"{len(failed)} of {len(results)} were set aside again, or are not decided yet.")


def _failed(result: Result) -> bool:
    return result.receipt is None or result.receipt.outcome == "dead-lettered"


async def _order(action: Action, letters: Sequence[SetAside], actor: str, wait: float) -> list[Result]:
    async with topics_reader("Waiting for the outcomes") as reader:
        writer = topics_writer()
        return await act_on(reader, writer, letters, action, actor=actor, at=now(), wait_seconds=wait)


async def _read(since: datetime | None, *, closed: bool) -> list[SetAside]:
    async with topics_reader("Reading dead letters") as reader:
        aware = None if since is None else since.astimezone()
        return await list_set_aside(reader, kafka_connection().prefix, since=aware, closed=closed)


def _filtered(letters: list[SetAside], stage: str | None) -> list[SetAside]:
    return [letter for letter in letters if stage is None or letter.letter.stage == stage]


def _chosen(letters: Sequence[SetAside], ids: Sequence[str]) -> list[SetAside]:
    known = {letter.id: letter for letter in letters}
    if unknown := [id_ for id_ in ids if id_ not in known]:
        raise InvalidInput(
            f"There is no dead letter {', '.join(unknown)}: see `stellwerk dead-letters list --closed`."
        )
    return [known[id_] for id_ in ids]


def _after(letters: list[SetAside], after: str | None) -> list[SetAside]:
    if after is None:
        return letters
    places = [number for number, letter in enumerate(letters) if letter.id == after]
    if not places:
        raise InvalidInput(f"There is no dead letter {after} to list after.")
    return letters[places[0] + 1 :]
