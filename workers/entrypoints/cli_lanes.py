"""`stellwerk lanes`: where each lane stands, and setting one on that cannot go on by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer
from aiokafka import TopicPartition
from rich.table import Table

from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.price_evidence import next_order_without_price
from workers.adapters.receipt_evidence import nothing_was_processed
from workers.entrypoints.configured import kafka_connection, settings
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.lane_identities import price_lanes, route_lanes
from workers.entrypoints.output import JsonFlag, YesFlag, confirm, console, note, print_json
from workers.streams.config import LaneIdentity
from workers.streams.faults import Parked
from workers.streams.lane_places import lane_place, set_lane_on
from workers.streams.rewind import Known

app = typer.Typer(no_args_is_help=True)

STATE_LOST = (
    "its own log holds no position. A lane that never ran starts by itself. Otherwise tickets.state was lost, and the "
    "tickets with it: restore the topic, see RUNBOOK.md, stellwerk_lane_state."
)


class Lanes(StrEnum):
    """Processors that have lanes."""

    ROUTE = "route"
    PRICE = "price"


_IDENTITIES = {Lanes.ROUTE: route_lanes, Lanes.PRICE: price_lanes}


@app.callback()
def lanes() -> None:
    """The lanes of this installation: where they stand in their inputs."""


@dataclass(frozen=True, slots=True)
class Place:
    """`known` None: the lane's own log is lost."""

    lane: LaneIdentity
    partition: int
    known: Known | None


@app.command("list")
def list_command(json: JsonFlag = False) -> None:
    """Where each lane stands in each of its inputs, and whether it can go on. Exit 1 where one cannot.

    Reads tickets.state. Positions of a lane that works are those of a moment ago.

    Examples:

      stellwerk lanes list --json | jq 'select(.wrong)'
    """
    rows = [row for place in run(_places()) for row in as_json(place)]
    if json:
        for row in rows:
            print_json(row)
    else:
        console().print(_table(rows))
    if stuck := [row for row in rows if row["wrong"] not in (None, "group-differs")]:
        raise Negative(f"{len({(r['service'], r['partition']) for r in stuck})} lanes cannot go on.")


@app.command()
def resume(
    service: Annotated[Lanes, typer.Argument(help="Whose lane.")],
    partition: Annotated[int, typer.Argument(min=0, help="Which one.")],
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Set a braked lane on: behind records that were deleted unread, or to the position that its group lost.

    Run it with the rights of the role `admin`. Where the lane can go on by itself nothing is changed. Restart its
    worker afterwards: it reads on from there.

    Examples:

      stellwerk lanes resume route 3
    """
    lane = _IDENTITIES[service](kafka_connection())
    confirm(f"Set lane {service.value} {partition} on, passing over what is gone?", yes)
    try:
        offsets = run(_set_on(service, lane, partition))
    except Parked as parked:
        raise Negative(f"Lane {service.value} {partition}: {STATE_LOST}") from parked
    if json:
        print_json({"service": service.value, "partition": partition, "set": _by_topic(offsets)})
    elif offsets:
        for topic, offset in _by_topic(offsets).items():
            note("", f"{topic}-{partition}: reads on at {offset}")
        note("", "Restart the worker now.")
    if not offsets:
        raise Negative(f"Lane {service.value} {partition} can go on by itself; nothing was changed.")


async def _places() -> list[Place]:
    return [place async for place in _each(kafka_connection(), settings().kafka.partitions)]


async def _each(connection: KafkaConnection, partitions: int) -> AsyncIterator[Place]:
    for identity in _IDENTITIES.values():
        lane = identity(connection)
        for partition in range(partitions):
            try:
                yield Place(lane, partition, await lane_place(lane, partition))
            except Parked:
                yield Place(lane, partition, None)


async def _set_on(service: Lanes, lane: LaneIdentity, partition: int) -> dict[TopicPartition, int]:
    connection = kafka_connection()

    async def next_unprocessed(tp: TopicPartition) -> int:
        if service is Lanes.PRICE:
            return await next_order_without_price(connection, tp)
        if await nothing_was_processed(connection, tp):
            return 0
        raise Parked("state-lost", topic=tp.topic)  # nobody knows which tickets there are

    return await set_lane_on(lane, partition, next_unprocessed)


def _by_topic(offsets: dict[TopicPartition, int]) -> dict[str, int]:
    return {tp.topic: offset for tp, offset in offsets.items()}


def as_json(place: Place) -> list[dict[str, Any]]:
    """One object for each input. `wrong`: null, `records-deleted-unread`, `no-position` (also before the lane's
    first start), `state-lost`, or `group-differs`, which the lane itself corrects."""
    who = {"service": place.lane.name, "partition": place.partition}
    known = place.known
    if known is None:
        return [{**who, "topic": topic, "wrong": "state-lost"} for topic in place.lane.inputs]
    return [
        {
            **who,
            "topic": tp.topic,
            "position": known.believed.get(tp),
            "committed": known.committed.get(tp),
            "beginning": known.begins[tp],
            "end": known.ends[tp],
            "wrong": _wrong(known, tp),
        }
        for tp in known.begins
    ]


def _wrong(known: Known, tp: TopicPartition) -> str | None:
    if tp in known.deleted:
        return "records-deleted-unread"
    if tp in known.missing:
        return "no-position" if known.ends[tp] or known.begins[tp] else None
    return "group-differs" if tp in known.contradicted else None


def _table(rows: list[dict[str, Any]]) -> Table:
    names = ("service", "partition", "topic", "position", "committed", "beginning", "end", "wrong")
    table = Table(*names, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        shown = ("-" if row.get(name) is None else str(row[name]) for name in names[:-1])
        table.add_row(*shown, f"[red]{row['wrong']}[/]" if row["wrong"] else "-")
    return table
