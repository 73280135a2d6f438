"""What a command is given, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from schemas.command import TicketCommand
from schemas.decision import Looked
from schemas.ticket import MessageTag, RoutedTicket, Sla, TicketState
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.rights import Rights


@dataclass(frozen=True, slots=True)
class Given:
    """An authorised command and all that it may be decided by."""

    command: TicketCommand
    state: TicketState
    policy: CompiledPolicy
    rights: Rights

    @property
    def ticket(self) -> RoutedTicket:
        return self.state.ticket

    @property
    def source(self) -> str:
        return f"command:{self.command.command_id}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, in words that anybody may read."""

    reason: str


@dataclass(frozen=True, slots=True)
class SlaNews:
    """An `SlaEvent` before its revision is known. `sla`: as it was where the event is about the past."""

    kind: str
    sla: Sla
    clock: str | None = None
    due_at: datetime | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """`ticket` and `state`: new values of their fields. `sources`: of the fields that the command assigned.

    `retagged`: messages with their next tag revision. `set_by_command`: fields that follow-ups leave alone.
    """

    ticket: dict[str, object] = field(default_factory=dict)
    state: dict[str, object] = field(default_factory=dict)
    sources: dict[str, str | None] = field(default_factory=dict)
    set_by_command: tuple[str, ...] = ()
    retagged: tuple[MessageTag, ...] = ()
    news: tuple[SlaNews, ...] = ()
    looked: tuple[Looked, ...] = ()
    reason: str = "applied"
