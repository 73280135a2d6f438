"""What the operators' pages ask of tickets and of the flow, as values and small protocols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.ticket import Cause, RoutedTicket, TicketState


@dataclass(frozen=True, slots=True)
class Customers:
    """Whose tickets are meant: those of any of these contacts, companies, or keys (`routing.customer`)."""

    contacts: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """All that is given must hold. `flag`: a whole flag, or how one begins (`handler_lacks_access`)."""

    mailbox: str | None = None
    handler: str | None = None
    user_group: str | None = None
    area: str | None = None
    process: str | None = None
    status: str | None = None
    flag: str | None = None
    customers: Customers | None = None


@dataclass(frozen=True, slots=True)
class DueQuery:
    """Running clocks that are due until then (aware)."""

    until: datetime
    handler: str | None = None
    user_group: str | None = None
    process: str | None = None


@dataclass(frozen=True, slots=True)
class DueClock:
    """One running clock of a ticket."""

    due_at: datetime
    clock: str
    ticket: RoutedTicket


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of a ticket; `at`: when the broker took it."""

    revision: int
    at: datetime
    status: str
    cause: Cause
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptTicket:
    """A ticket with all that the next decision on it knows. `revisions`: those still kept, the latest first."""

    state: TicketState
    revisions: tuple[Revision, ...]


class TicketIndex(Protocol):
    """All tickets as they stand, never older than the question.

    Raises `DependencyUnavailable` while Kafka is away, while the beginning is read, and where a question takes
    longer than its bound.
    """

    async def search(self, query: TicketQuery, *, limit: int, after: str | None) -> Sequence[RoutedTicket]:
        """The last opened first. `after`: those that follow this ticket (none where it is not known)."""
        ...

    async def due(self, query: DueQuery, *, limit: int, skip: int) -> Sequence[DueClock]:
        """The earliest first."""
        ...

    async def find(self, ticket_id: str) -> KeptTicket | None: ...


@dataclass(frozen=True, slots=True)
class InputLag:
    """Committed records that a processor has not taken up, to the high watermark; `worst`: of one partition.

    `members`: processes that are in its group now.
    """

    processor: str
    topic: str
    records: int
    worst: int
    members: int


class InputLags(Protocol):
    async def ask(self) -> Sequence[InputLag]:
        """Of all inputs, now. Raises `DependencyUnavailable` within its bound."""
        ...
