"""Commands on tickets, and their answers."""

from typing import Any

from pydantic import Field

from schemas.event import Event, UtcTime


class TicketCommand(Event):
    """What a person (or our own clock) wants of a ticket. Authorised and applied in the ticket's order."""

    command_id: str
    ticket_id: str
    kind: str = Field(description="`CommandKind`")
    actor: str = Field(description="user id, or `stellwerk` for our own ticks")
    at: UtcTime
    expected_revision: int | None = None
    value: Any = Field(default=None, description="by kind; see CONTRIBUTING")
    delivery_id: str | None = Field(default=None, description="`area` and `private` may name one message")


class CommandResult(Event):
    """The answer that the command's sender can read: accepted or refused, and why."""

    command_id: str
    ticket_id: str
    kind: str
    accepted: bool
    reason: str
    revision: int | None = Field(description="the ticket's, after it; null where there is no such ticket")
    at: UtcTime


class SlaEvent(Event):
    """A change of a ticket's SLA, each exactly once per ticket, clock and due time."""

    ticket_id: str
    revision: int
    kind: str = Field(description="`SlaEventKind`")
    clock: str | None = Field(default=None, description="respond | resolve")
    contract: str
    level: str
    due_at: UtcTime | None = None
    at: UtcTime
    late: bool = False
