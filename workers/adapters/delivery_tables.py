"""delivery → ticket, latest tag, place in mail.inbound; ticket → latest requirements. A projection of three topics.

Kept in a temporary SQLite database of this process: memory stays bounded, nothing is left on disk, and nothing
in it can be older than the process. All calls are short and made on the event loop.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence

from pydantic import ValidationError

from schemas.access import Requires
from schemas.event import Event
from schemas.mail import Source
from schemas.privacy import PrivacyTaggedMessage
from schemas.topics import MAIL_INBOUND, MESSAGES_PRIVACY_TAGGED, ROUTING_DECISIONS, TICKETS_ROUTED
from workers.ports import InRecord
from workers.routing.message_access import GuardedMessage

_log = logging.getLogger(__name__)

_TABLES = """
    CREATE TABLE tickets (id TEXT PRIMARY KEY, requires BLOB) WITHOUT ROWID;
    CREATE TABLE tags (delivery TEXT PRIMARY KEY, ticket TEXT, revision INT, at_ms INT, tag BLOB) WITHOUT ROWID;
    CREATE TABLE places (delivery TEXT PRIMARY KEY, partition INT, offset INT) WITHOUT ROWID;
    CREATE TABLE closed (ticket TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_TAG = """
    INSERT INTO tags VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (delivery) DO UPDATE
    SET ticket = ?2, revision = ?3, at_ms = ?4, tag = ?5
    WHERE CASE WHEN ticket = ?2 THEN ?3 >= revision ELSE ?4 >= at_ms END
"""
_FIND = """
    SELECT tags.delivery, tickets.requires, tags.tag FROM tags JOIN tickets ON tickets.id = tags.ticket
    WHERE tags.delivery IN ({}) AND tags.ticket NOT IN (SELECT ticket FROM closed)
"""


class _Ticket(Event):
    """What access needs of a `RoutedTicket`."""

    requires: Requires


class _Receipt(Event):
    """What the place of a content needs of a `RoutingDecision`."""

    delivery_id: str | None = None
    outcome: str
    source: Source


class DeliveryTables:
    """Applying a record again changes nothing. Of a message's tags the one with the highest revision counts.

    Where a message came to another ticket (released, taken up again), its later tag counts. An event of ours
    that cannot be read closes its ticket for everybody: what it restricted is not known.
    """

    def __init__(self, prefix: str) -> None:
        self._apply: Mapping[str, Callable[[InRecord], None]] = {
            TICKETS_ROUTED.full_name(prefix): self._ticket,
            MESSAGES_PRIVACY_TAGGED.full_name(prefix): self._tag,
            ROUTING_DECISIONS.full_name(prefix): self._receipt,
        }
        self._rows = sqlite3.connect("", isolation_level=None)  # a private file that nobody else can open
        self._rows.execute("PRAGMA synchronous = OFF")
        self._rows.executescript(_TABLES)

    def apply(self, records: Iterable[InRecord]) -> None:
        """In their order within a partition."""
        self._rows.execute("BEGIN")
        for record in records:
            self._apply[record.topic](record)
        self._rows.execute("COMMIT")

    def forget_access(self) -> None:
        """Before tags and tickets are read from their beginning again."""
        for table in ("tickets", "tags", "closed"):
            self._rows.execute(f"DELETE FROM {table}")  # noqa: S608 - no input

    def forget_places(self) -> None:
        """Before receipts are read again."""
        self._rows.execute("DELETE FROM places")

    def close(self) -> None:
        self._rows.close()

    def find(self, delivery_ids: Sequence[str]) -> dict[str, GuardedMessage]:
        """Those that are messages of a ticket that there is."""
        query = _FIND.format(",".join("?" * len(delivery_ids)))
        return {
            delivery: GuardedMessage(Requires.model_validate_json(requires), PrivacyTaggedMessage.read(tag))
            for delivery, requires, tag in self._rows.execute(query, list(delivery_ids))
        }

    def source(self, delivery_id: str) -> Source | None:
        query = "SELECT partition, offset FROM places WHERE delivery = ?"
        found = self._rows.execute(query, [delivery_id]).fetchone()
        return None if found is None else Source(topic=MAIL_INBOUND.name, partition=found[0], offset=found[1])

    def _ticket(self, record: InRecord) -> None:
        key = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            self._rows.execute("DELETE FROM tickets WHERE id = ?", [key])
            return
        try:
            requires = _Ticket.read(record.value).requires
        except ValidationError:
            self._close(record, key)
        else:
            self._rows.execute("INSERT OR REPLACE INTO tickets VALUES (?, ?)", [key, _json(requires)])

    def _tag(self, record: InRecord) -> None:
        try:
            tag = PrivacyTaggedMessage.read(record.value or b"")
        except ValidationError:
            self._close(record, (record.key or b"").decode("utf-8", "replace"))
            return
        row = [tag.delivery_id, tag.ticket_id, tag.tag_revision, record.timestamp_ms, record.value]
        self._rows.execute(_TAG, row)

    def _receipt(self, record: InRecord) -> None:
        """A duplicate is another record with the same words, but not the mail that was decided."""
        try:
            receipt = _Receipt.read(record.value or b"")
        except ValidationError:
            return  # its content is said to be gone; `verify` tells of the receipt
        source, known = receipt.source, receipt.delivery_id
        if known is not None and source.topic == MAIL_INBOUND.name and receipt.outcome != "duplicate":
            row = [known, source.partition, source.offset]
            self._rows.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", row)

    def _close(self, record: InRecord, ticket_id: str) -> None:
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        _log.error("event-unreadable", extra=where)
        self._rows.execute("INSERT OR IGNORE INTO closed VALUES (?)", [ticket_id])


def _json(requires: Requires) -> bytes:
    return requires.model_dump_json().encode()
