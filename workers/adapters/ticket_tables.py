"""Tickets as they stand and their kept revisions, to be searched: a projection of `tickets.state`.

A temporary SQLite database, as of `delivery_tables`. Belongs to one thread: calls may take long.
"""

from __future__ import annotations

import logging
import sqlite3
import time
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from pydantic import ValidationError

from schemas.ticket import Cause, Sla, TicketState
from workers.adapters.ticket_statements import TABLES, due_statement, search_statement
from workers.errors import DependencyUnavailable
from workers.page_ports import DueClock, DueQuery, KeptTicket, Revision, TicketQuery
from workers.ports import InRecord

_log = logging.getLogger(__name__)

QUESTION_SECONDS = 3.0
REVISIONS_SHOWN = 50
MOST_BYTES = 8 * 1024**3
PAGE_BYTES = 4096
NO_ROOM = (
    "There is no room for the index of tickets: it needs 2 KB of temporary files (SQLITE_TMPDIR, /tmp) for each "
    "ticket. `stellwerk tickets list` and `show` need none."
)
_STEPS_BETWEEN_LOOKS = 5_000


class TicketTables:
    """Applying a record again changes nothing. Keys that are no tickets (`~…`) are passed over.

    Where there is no room for more (`most_bytes`, or the disk), `apply` raises `DependencyUnavailable` and has
    changed nothing.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, question_seconds: float = QUESTION_SECONDS) -> None:
        self._question_seconds = question_seconds
        self._until = float("inf")
        self._rows = sqlite3.connect("", isolation_level=None)  # a private file that nobody else can open
        self._rows.execute("PRAGMA synchronous = OFF")
        self._rows.execute(f"PRAGMA max_page_count = {max(1, most_bytes // PAGE_BYTES)}")
        self._rows.executescript(TABLES)
        self._rows.set_progress_handler(self._is_too_long, _STEPS_BETWEEN_LOOKS)

    def apply(self, records: Iterable[InRecord]) -> None:
        """In their order within a partition."""
        self._rows.execute("BEGIN")
        try:
            for record in records:
                key = (record.key or b"").decode("utf-8", "replace")
                if not key.startswith("~"):
                    self._apply(key, record)
        except sqlite3.OperationalError as error:
            if self._rows.in_transaction:  # SQLite may have taken it back by itself
                self._rows.execute("ROLLBACK")
            raise DependencyUnavailable(NO_ROOM) from error
        self._rows.execute("COMMIT")

    def forget(self) -> None:
        """Before everything is read again."""
        for table in ("tickets", "revisions"):
            self._rows.execute(f"DELETE FROM {table}")  # noqa: S608 - no input

    def close(self) -> None:
        self._rows.close()

    def search(self, query: TicketQuery, limit: int, after: str | None) -> list[TicketState]:
        statement, values = search_statement(query, after)
        return [_state(blob) for (blob,) in self._asked(statement, [*values, limit])]

    def due(self, query: DueQuery, limit: int, skip: int) -> list[DueClock]:
        statement, values = due_statement(query)
        found = self._asked(statement, [*values, limit, skip])
        return [DueClock(_time(at), str(clock), _state(blob).ticket) for at, clock, blob in found]

    def find(self, ticket_id: str) -> KeptTicket | None:
        found = self._asked("SELECT state FROM tickets WHERE id = ?", [ticket_id])
        if not found:
            return None
        query = "SELECT * FROM revisions WHERE ticket = ? ORDER BY revision DESC LIMIT ?"
        revisions = self._asked(query, [ticket_id, REVISIONS_SHOWN])
        return KeptTicket(_state(found[0][0]), tuple(map(_revision, revisions)))

    def _apply(self, key: str, record: InRecord) -> None:
        if record.value is None:
            self._rows.execute("DELETE FROM tickets WHERE id = ?", [key])
            self._rows.execute("DELETE FROM revisions WHERE ticket = ?", [key])
            return
        try:
            state = TicketState.read(record.value)
        except ValidationError:
            where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            _log.error("event-unreadable", extra=where)
            return
        row = [key, *_columns(state), zlib.compress(record.value, 1)]
        self._rows.execute(f"INSERT OR REPLACE INTO tickets VALUES ({','.join('?' * len(row))})", row)  # noqa: S608
        ticket = state.ticket
        cause, changed = ticket.cause, " ".join(ticket.changed)
        revision = [key, ticket.revision, record.timestamp_ms, ticket.status, cause.kind, cause.id, changed]
        self._rows.execute("INSERT OR REPLACE INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?)", revision)

    def _asked(self, statement: str, values: Sequence[object]) -> list[tuple[object, ...]]:
        self._until = time.monotonic() + self._question_seconds
        try:
            return self._rows.execute(statement, values).fetchall()
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise
            raise DependencyUnavailable(
                "Too many tickets were looked at for this question: name a customer or a handler, or ask less of it."
            ) from error
        finally:
            self._until = float("inf")

    def _is_too_long(self) -> bool:
        return time.monotonic() > self._until


def _columns(state: TicketState) -> list[object]:
    ticket, who = state.ticket, state.ticket.customer
    due = _due_ms(ticket.sla)
    flags = "".join(f" {flag}" for flag in ticket.flags)
    opened = _ms(ticket.opened_at)
    fields = (ticket.mailbox, ticket.process, ticket.area, ticket.handler, ticket.user_group, ticket.status)
    return [opened, *fields, flags, who.contact_id, who.company_id, state.customer_key, *due]


def _due_ms(sla: Sla | None) -> tuple[int | None, int | None]:
    times = (None, None) if sla is None else (sla.respond_due_at, sla.resolve_due_at)
    return tuple(None if at is None else _ms(at) for at in times)  # type: ignore[return-value]


def _state(blob: object) -> TicketState:
    return TicketState.read(zlib.decompress(blob))  # type: ignore[arg-type]


def _revision(row: tuple[object, ...]) -> Revision:
    _, number, at, status, kind, id_, changed = row
    return Revision(
        int(str(number)),
        _time(at),
        str(status),
        Cause(kind=str(kind), id=str(id_)),
        tuple(str(changed).split()),
    )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _time(ms: object) -> datetime:
    return datetime.fromtimestamp(int(str(ms)) / 1000, UTC)
