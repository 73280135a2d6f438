"""The planned commands of a re-routing, written at a set pace beside live mail, and what became of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta

from schemas.command import CommandResult, TicketCommand
from schemas.topics import TICKETS_COMMAND_RESULTS
from workers.ports import OutRecord
from workers.processors.reroute import COMMAND_PREFIX
from workers.processors.shadow import Step
from workers.processors.ticket_commands import command_record
from workers.processors.topic_reader import Positions, RecordWriter, TopicReader

Pause = Callable[[float], Awaitable[None]]

_AT_ONCE = 500


@dataclass(slots=True)
class Answers:
    """`moved_on`: tickets that live mail or a person changed after they were planned. `refused`: others, by reason."""

    accepted: int = 0
    moved_on: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, command: TicketCommand, result: CommandResult) -> None:
        if result.accepted:
            self.accepted += 1
        elif result.revision is not None and result.revision != command.expected_revision:
            self.moved_on.add(command.ticket_id)
        else:
            self.refused[result.reason] += 1


async def write_commands(
    commands: MutableMapping[str, bytes],
    writer: RecordWriter,
    *,
    per_second: int,
    pause: Pause = asyncio.sleep,
    step: Step = lambda _: None,
) -> None:
    """All of them, so many a second at most. Raises `DependencyUnavailable`: then start it again, or whole anew."""
    at_once, batch, written = min(per_second, _AT_ONCE), list[OutRecord](), 0
    for value in commands.values():
        batch.append(command_record(TicketCommand.read(value)))
        if len(batch) == at_once:
            await writer.write(batch)
            written += len(batch)
            step(written)
            batch = []
            await pause(at_once / per_second)
    await writer.write(batch)
    step(written + len(batch))


async def take_answers(
    reader: TopicReader,
    commands: MutableMapping[str, bytes],
    start: Positions,
    within: timedelta,
    step: Step = lambda _: None,
) -> Answers:
    """Those that come after `start`, as far as they come in time; what is left of `commands` has none yet."""
    answers = Answers()
    with suppress(TimeoutError):
        async with asyncio.timeout(within.total_seconds()):
            await _gather(reader, commands, start, answers, step)
    return answers


async def _gather(
    reader: TopicReader,
    commands: MutableMapping[str, bytes],
    start: Positions,
    answers: Answers,
    step: Step,
) -> None:
    asked = left = len(commands)
    async with aclosing(reader.follow(start)) as records:  # type: ignore[type-var]  # an async generator, all of them
        while left:
            record = await anext(records, None)
            if record is None:
                return
            if record.value is not None and COMMAND_PREFIX.encode() in record.value:
                result = CommandResult.read(record.value)
                value = commands.pop(result.command_id, None)
                if value is not None:
                    answers.add(TicketCommand.read(value), result)
                    left -= 1
                    step(asked - left)


async def answers_begin(reader: TopicReader) -> Positions:
    """To be asked before the first command is written."""
    return await reader.ends([TICKETS_COMMAND_RESULTS])
