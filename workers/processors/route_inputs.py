"""A record of one of `route`'s inputs, read: a delivery, a command, or what cannot be processed."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import ValidationError

from schemas.command import TicketCommand
from schemas.mail import EnrichedMail, Source
from schemas.take_up import TakeUp
from workers.errors import DependencyUnavailable, InvalidInput
from workers.ports import InRecord
from workers.processors.enrich import Enricher, Prepared
from workers.routing.commands.clock import as_taken

MAX_COMMAND_BYTES = 256 * 1024
MAX_ID = 256


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail that still has to be enriched (`mail.inbound`)."""

    record: InRecord
    prepared: Prepared
    take_up: TakeUp | None = None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail whose claim another lane refused (`mail.forwarded`), as it was enriched there."""

    record: InRecord
    mail: EnrichedMail
    take_up: TakeUp | None = None


@dataclass(frozen=True, slots=True)
class Command:
    record: InRecord
    command: TicketCommand
    take_up: TakeUp | None = None


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that nothing can be decided on. `own_fault` (P8): our code or our record, not a sender's mail.

    The ids are what could be read of the record, for its receipt and its answer.
    """

    record: InRecord
    stage: str
    reason: str
    own_fault: bool
    source: Source
    ticket_id: str
    delivery_id: str | None = None
    command_id: str | None = None
    command_kind: str = "unknown"
    attempt: int = 0
    take_up: TakeUp | None = None


@dataclass(frozen=True, slots=True)
class Discarded:
    """A dead letter that somebody gives up. It has nothing but its place and its ids."""

    record: InRecord
    take_up: TakeUp
    ticket_id: str
    delivery_id: str | None
    command_id: str | None


Item = Delivery | Forwarded | Command | Poison | Discarded


def taken_at(record: InRecord) -> datetime:
    """When the broker took the record, aware UTC."""
    return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)


def source_of(record: InRecord, topic: str) -> Source:
    """Where the record lies, under the topic's name without the installation's prefix."""
    return Source(topic=topic, partition=record.partition, offset=record.offset)


def invalid_fields(error: ValidationError) -> str:
    """Which fields are wrong and how, without a word of their values."""
    wrong = (f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['type']}" for e in error.errors()[:5])
    return "does not validate: " + ", ".join(wrong)


def bug_reason(error: Exception) -> str:
    """What was raised and where in our code. Not its message: that may hold words of a mail."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    return f"unexpected {type(error).__name__} in {ours[-1].name}, line {ours[-1].lineno}"


async def read_delivery(record: InRecord, topic: str, enricher: Enricher) -> Delivery | Poison:
    """Raises `DependencyUnavailable` where the blob store does not answer: then the whole batch waits."""
    try:
        return Delivery(record, await enricher.prepare(record))
    except DependencyUnavailable:
        raise
    except ValidationError as error:
        return _own_poison(record, topic, "decode", invalid_fields(error))
    except InvalidInput as error:
        return _own_poison(record, topic, "enrich", error.public)
    except Exception as error:  # noqa: BLE001  # a bug on one mail: set aside, and counted by the brake (P8)
        return _own_poison(record, topic, "enrich", bug_reason(error))


def read_forwarded(record: InRecord, topic: str) -> Forwarded | Poison:
    try:
        return Forwarded(record, EnrichedMail.read(record.value or b""))
    except ValidationError as error:
        return _own_poison(record, topic, "decode", invalid_fields(error))


def read_command(record: InRecord, topic: str) -> Command | Poison:
    """Commands are written by others: one that does not validate is not our fault, but is answered."""
    try:
        command = TicketCommand.read(record.value or b"")
    except ValidationError as error:
        return _foreign_poison(record, topic, invalid_fields(error))
    if too_big := _too_big(record, command):
        return _foreign_poison(record, topic, too_big)
    return Command(record, as_taken(command, taken_at(record)))


def _too_big(record: InRecord, command: TicketCommand) -> str | None:
    """What would make our own events larger than their topics take, and so stop the lane for ever."""
    if len(record.value or b"") > MAX_COMMAND_BYTES:
        return f"is larger than {MAX_COMMAND_BYTES} bytes"
    names = ("command_id", "ticket_id", "kind", "actor", "delivery_id")
    long = [name for name in names if len(getattr(command, name) or "") > MAX_ID]
    return f"is longer than {MAX_ID} characters: {', '.join(long)}" if long else None


def _foreign_poison(record: InRecord, topic: str, reason: str) -> Poison:
    known = _readable_ids(record.value)
    return Poison(
        record=record,
        stage="decode",
        reason=reason,
        own_fault=False,
        source=source_of(record, topic),
        ticket_id=known("ticket_id") or _key(record),
        command_id=known("command_id"),
        command_kind=known("kind") or "unknown",
    )


def read_discarded(record: InRecord, order: TakeUp) -> Discarded:
    known = _readable_ids(record.value)
    ticket_id = known("ticket_id") or _key(record)
    return Discarded(record, order, ticket_id, known("delivery_id"), known("command_id"))


def taken_up(item: Item, order: TakeUp) -> Item:
    """The record read anew by an order: its receipt is about the order's source, and has the order's attempt."""
    if isinstance(item, Poison):
        return replace(item, take_up=order, source=order.source, attempt=order.attempt)
    return replace(item, take_up=order)


def strange_order(record: InRecord, topic: str, reason: str) -> Poison:
    """A record that asks to take up something, and is not whole: ours, for nobody else may write there."""
    return _own_poison(record, topic, "decode", reason)


def _own_poison(record: InRecord, topic: str, stage: str, reason: str) -> Poison:
    known = _readable_ids(record.value)
    return Poison(
        record=record,
        stage=stage,
        reason=reason,
        own_fault=True,
        source=source_of(record, topic),
        ticket_id=known("ticket_id") or _key(record),
        delivery_id=known("delivery_id"),
    )


def _key(record: InRecord) -> str:
    return (record.key or b"").decode("ascii", "replace")[:64]


def _readable_ids(value: bytes | None) -> Callable[[str], str | None]:
    try:
        document = json.loads(value or b"")
    except (ValueError, RecursionError):
        document = None

    def known(name: str) -> str | None:
        found = document.get(name) if isinstance(document, dict) else None
        return found[:64] if isinstance(found, str) else None

    return known
