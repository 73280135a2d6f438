"""`stellwerk suppressed`: automatic answers that were kept from becoming tickets."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from workers.adapters.kafka_conservation import kafka_conservation
from workers.entrypoints.configured import kafka_connection, now, topics_reader, topics_writer
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.group_names import route_group
from workers.entrypoints.output import JsonFlag, Limit, YesFlag, confirm, console, note, print_json
from workers.errors import InvalidInput
from workers.processors.suppressed import Suppressed, list_suppressed
from workers.processors.suppressed import release as release_them

app = typer.Typer(no_args_is_help=True)

Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"], help="Only what was suppressed since then."),
]


@app.callback()
def suppressed() -> None:
    """Proven automatic answers (out of office, bounces, our own loops) that opened no ticket."""


@app.command("list")
def list_command(
    since: Since = None,
    after: Annotated[str | None, typer.Option(help="Those that follow this delivery in the list.")] = None,
    limit: Limit = 50,
    json: JsonFlag = False,
) -> None:
    """List them, oldest first.

    Examples:

      stellwerk suppressed list --json | jq -r .delivery_id
    """
    found = _after(run(_read(since)), after)[:limit]
    if json:
        for entry in found:
            print_json(as_json(entry))
    elif found:
        table = Table("delivery", "ticket", "since", "why", box=None, header_style="bold")
        for entry in found:
            row = as_json(entry)
            table.add_row(row["delivery_id"], row["ticket_id"], row["at"], row["reason"])
        console().print(table)
    else:
        note("Nothing is suppressed.")


@app.command()
def release(
    ids: Annotated[list[str], typer.Argument(metavar="DELIVERY...", help="As `list` shows them.")],
    actor: Annotated[str, typer.Option(help="Who wants it; stands in the order.")] = "operator",
    wait: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for the outcomes.")] = 30.0,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Route them after all, late. Each is routed once, however many people ask for it at once.

    Examples:

      stellwerk suppressed release 6f1a0c3c1f6e4f0b9a3a7d5e2b8c4d10
    """
    chosen = _chosen(run(_read(None)), ids)
    confirm(f"Route {len(chosen)} suppressed mails?", yes)
    outcomes = run(_release(chosen, actor, wait))
    for entry, outcome in zip(chosen, outcomes, strict=True):
        answer = {"delivery_id": entry.receipt.delivery_id, "outcome": outcome}
        if json:
            print_json(answer)
        else:
            console().print(f"{answer['delivery_id']}  {outcome}")
    if any(outcome != "routed" for outcome in outcomes):
        raise Negative("Not all of them were routed.")


async def _read(since: datetime | None) -> list[Suppressed]:
    async with topics_reader("Reading receipts") as reader:
        return await list_suppressed(reader, None if since is None else since.astimezone())


async def _release(chosen: list[Suppressed], actor: str, wait: float) -> list[str]:
    connection = kafka_connection()
    async with (
        topics_reader("Waiting for the outcomes") as reader,
        kafka_conservation(connection, route_group(connection.prefix)) as log,
    ):
        await log.open(now())
        receipts = await release_them(
            reader, topics_writer(), log, chosen, actor=actor, at=now(), wait_seconds=wait
        )
    return [
        "not decided yet, or no longer kept" if receipt is None else receipt.outcome for receipt in receipts
    ]


def _chosen(found: list[Suppressed], ids: list[str]) -> list[Suppressed]:
    known = {entry.receipt.delivery_id: entry for entry in found}
    if unknown := [id_ for id_ in ids if id_ not in known]:
        raise InvalidInput(f"Not suppressed: {', '.join(unknown)}. See `stellwerk suppressed list`.")
    return [known[id_] for id_ in dict.fromkeys(ids)]


def _after(found: list[Suppressed], after: str | None) -> list[Suppressed]:
    if after is None:
        return found
    places = [number for number, entry in enumerate(found) if entry.receipt.delivery_id == after]
    if not places:
        raise InvalidInput(f"There is no suppressed delivery {after} to list after.")
    return found[places[-1] + 1 :]


def as_json(entry: Suppressed) -> dict[str, Any]:
    """One line of `suppressed list --json`."""
    receipt = entry.receipt
    return {
        "delivery_id": receipt.delivery_id,
        "ticket_id": receipt.ticket_id,
        "at": datetime.fromtimestamp(entry.at_ms / 1000, UTC).isoformat(timespec="seconds"),
        "reason": receipt.reason,
        "attempt": receipt.attempt,
        "source": f"{receipt.source.topic}-{receipt.source.partition}-{receipt.source.offset}",
    }
