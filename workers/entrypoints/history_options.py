"""Options that commands over history share, and the connections that they need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import typer

from workers.adapters.kafka_reader import kafka_reader
from workers.entrypoints.configured import kafka_connection
from workers.entrypoints.shadow_needs import Facts
from workers.errors import InvalidInput
from workers.processors.kept_history import Period
from workers.processors.topic_reader import HistoryReader

_FORMATS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]
_TIME = "DAY|TIME"


def time_option(what: str) -> Any:
    """A moment; a day begins at midnight of the local time zone."""
    examples = "2026-11-01, or 2026-11-01T08:00:00+01:00"
    return typer.Option(formats=_FORMATS, metavar=_TIME, help=f"{what} ({examples}).")


Since = Annotated[datetime | None, time_option("Only what was decided since then")]
Until = Annotated[datetime | None, time_option("Only what was decided before then")]
Mailbox = Annotated[str | None, typer.Option(help="Only tickets of this mailbox.")]
Group = Annotated[str | None, typer.Option(help="Only tickets of this contact group, before or after.")]

DirectoryFacts = Annotated[
    str, typer.Option("--directory", help="Senders and rights as `recorded`, or of the `current` directory.")
]


def facts_of(word: str) -> Facts:
    """Raises `InvalidInput` for another word than these two."""
    match word:
        case "recorded" | "current":
            return word
    raise InvalidInput(f"--directory is `recorded` or `current`, not {word[:40]!r}.")


def period(since: datetime | None, until: datetime | None) -> Period:
    """A day begins at midnight of the local time zone. Raises `InvalidInput` where nothing lies between."""
    span = Period(since and since.astimezone(), until and until.astimezone())
    if span.since is not None and span.until is not None and span.since >= span.until:
        raise InvalidInput("--since must be before --until.")
    return span


def readers() -> Callable[[], AbstractAsyncContextManager[HistoryReader]]:
    """Each call of the result is a connection of its own to the configured cluster."""
    connection = kafka_connection()

    @asynccontextmanager
    async def one() -> AsyncIterator[HistoryReader]:
        async with kafka_reader(connection) as reader:
            yield reader

    return one
