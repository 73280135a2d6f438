"""A command for a ticket: written where its lane reads it, and its answer waited for."""

import asyncio
from datetime import timedelta

from schemas.cloudevents import headers_for
from schemas.command import CommandResult, TicketCommand
from schemas.topics import TICKETS_COMMAND_RESULTS, TICKETS_COMMANDS
from workers.errors import DependencyUnavailable
from workers.ports import OutRecord
from workers.processors.topic_reader import Positions, RecordWriter, TopicReader


async def command_and_wait(
    command: TicketCommand, reader: TopicReader, writer: RecordWriter, within: timedelta
) -> CommandResult:
    """Raises `DependencyUnavailable` where no answer came in time: the command stays, and will be answered."""
    start = await reader.ends([TICKETS_COMMAND_RESULTS])
    await writer.write([command_record(command)])
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await _result(command.command_id, reader, start)
    except TimeoutError as error:
        raise DependencyUnavailable(
            f"No answer within {within.total_seconds():.0f} s. The command {command.command_id} is written and will "
            "be applied when `stellwerk work route` runs; its answer comes in tickets.command-results."
        ) from error


def command_record(command: TicketCommand, traceparent: str | None = None) -> OutRecord:
    """As any downstream system writes it."""
    headers = headers_for(
        TICKETS_COMMANDS,
        event_id=command.command_id,
        time=command.at,
        subject=command.ticket_id,
        partition_key=command.ticket_id,
        traceparent=traceparent,
    )
    return OutRecord(TICKETS_COMMANDS.name, command.ticket_id.encode(), command.write(), headers)


async def _result(command_id: str, reader: TopicReader, start: Positions) -> CommandResult:
    async for record in reader.follow(start):
        if record.value is not None and command_id.encode() in record.value:
            result = CommandResult.read(record.value)
            if result.command_id == command_id:
                return result
    raise TimeoutError
