"""`stellwerk replay`: a range of a topic once more, into a topic of a team that lost its data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from workers.entrypoints.configured import topics_reader, topics_writer
from workers.entrypoints.failures import run
from workers.entrypoints.history_options import period, time_option
from workers.entrypoints.output import JsonFlag, YesFlag, confirm, console, print_json
from workers.processors.kept_history import Period
from workers.processors.replay import replay, replayable, target

app = typer.Typer()


@app.command("replay")
def command(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="tickets.routed, messages.privacy-tagged, …")],
    to: Annotated[
        str, typer.Option(metavar="TOPIC", help="An existing topic, named without the installation's prefix.")
    ],
    since: Annotated[datetime | None, time_option("Only records that were written since then")] = None,
    until: Annotated[datetime | None, time_option("Only records that were written before then")] = None,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Write a range of a topic again for others: the same keys, values and ids, marked as a replay.

    The header `stellwerk_replay` says where each record was. Topics with content are never replayed, and never
    into a topic of ours. Tickets keep their order.

    Examples:

      stellwerk replay tickets.routed --to billing.tickets-again --since 2026-11-21 --until 2026-11-22
    """
    source, into, span = replayable(topic), target(to), period(since, until)
    confirm(f"Write {topic} again to {to}?", yes)
    written = run(_replay(source.name, into.name, span))
    if json:
        print_json({"topic": topic, "to": to, "records": written})
    else:
        console().print(f"{written} records.")


async def _replay(topic: str, to: str, span: Period) -> int:
    async with topics_reader("Replaying") as reader:
        return await replay(replayable(topic), target(to), span, reader, topics_writer())
