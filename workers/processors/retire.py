"""Which tickets may be removed by the live policy, and the order to their lanes to do it.

The lane decides anew, by its own state and the broker's clock: an order that comes twice, or too early, does nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, MutableMapping, Sequence
from datetime import datetime

from schemas.command import TicketCommand
from schemas.ticket import TicketState
from workers.errors import InvalidInput
from workers.processors.open_tickets import tickets_as_they_stand
from workers.processors.publish_policy import live_policy
from workers.processors.ticket_commands import command_record
from workers.processors.topic_reader import RecordWriter, TopicReader
from workers.routing.commands.clock import OWN_ACTOR, RETIRE
from workers.routing.compiled_policy import compile_policy
from workers.routing.retired_ticket import may_retire_at

_AT_ONCE = 500


async def retirable(
    reader: TopicReader, kept: MutableMapping[str, bytes], at: datetime, *, limit: int
) -> AsyncIterator[TicketState]:
    """By partition and id, so many at most; `kept` as of `tickets_as_they_stand`. `at`: aware.

    Raises `InvalidInput` where no policy is live or it keeps all tickets for ever, `DependencyUnavailable`.
    """
    live = await live_policy(reader)
    processes = live.policy.processes.values() if live else ()
    if live is None or not any(each.closed and each.closed.retire_after for each in processes):
        raise InvalidInput("The live policy keeps all tickets for ever: no process has closed.retire_after.")
    policy = compile_policy(live.policy, live.version)
    async for state in tickets_as_they_stand(reader, kept):
        due = may_retire_at(state, policy)
        if due is not None and due < at and limit > 0:
            limit -= 1
            yield state


async def order_retirement(writer: RecordWriter, states: Sequence[TicketState], at: datetime) -> None:
    """One command for each, with an id of its ticket and revision. Raises `DependencyUnavailable`."""
    for start in range(0, len(states), _AT_ONCE):
        await writer.write([command_record(_command(each, at)) for each in states[start : start + _AT_ONCE]])


def _command(state: TicketState, at: datetime) -> TicketCommand:
    ticket = state.ticket
    return TicketCommand(
        command_id=f"retire:{ticket.ticket_id}:{ticket.revision}",
        ticket_id=ticket.ticket_id,
        kind=RETIRE,
        actor=OWN_ACTOR,
        at=at,
        expected_revision=ticket.revision,
    )
