"""What was set aside: listed with what became of it, tried again, or given up, each in the lane that read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from schemas.dead_letter import HEADER, DeadLetter
from schemas.decision import RoutingDecision
from schemas.mail import Source
from schemas.topics import MAIL_DEAD_LETTER, MAIL_FORWARDED, ROUTING_DECISIONS
from workers.ports import InRecord
from workers.processors.conservation_log import About, about
from workers.processors.take_up import is_order
from workers.processors.topic_reader import TopicReader

OPEN = "open"
ORDERED = "ordered"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record of `mail.dead-letter`. `id`: its own place there, `PARTITION-OFFSET`.

    `source`: what its receipts are about. `state`: `open`, `ordered` (a redrive or discard is on its way), or the
    outcome of the receipt that superseded it.
    """

    id: str
    letter: DeadLetter
    record: Source
    source: Source
    original: InRecord
    state: str = OPEN


def read_set_aside(record: InRecord, prefix: str) -> SetAside | None:
    """None for a record that we did not write: it has no readable header of ours."""
    header = dict(record.headers).get(HEADER)
    if header is None:
        return None
    letter = DeadLetter.read(header)
    where = Source(topic=letter.topic.removeprefix(prefix), partition=letter.partition, offset=letter.offset)
    forwarded = about(record) if where.topic == MAIL_FORWARDED.name else None
    kept = tuple((name, value) for name, value in record.headers if name != HEADER)
    return SetAside(
        id=f"{record.partition}-{record.offset}",
        letter=letter,
        record=where,
        source=where if forwarded is None else forwarded.source,
        original=InRecord(
            letter.topic,
            letter.partition,
            letter.offset,
            int(letter.at.timestamp() * 1000),
            record.key,
            record.value,
            kept,
        ),
    )


async def list_set_aside(
    reader: TopicReader, prefix: str, *, since: datetime | None = None, closed: bool = False
) -> list[SetAside]:
    """Oldest first. `closed`: also those that were superseded since. Reads receipts from the oldest one on."""
    found = [
        letter
        async for record in reader.read(MAIL_DEAD_LETTER, since=since)
        if (letter := read_set_aside(record, prefix)) is not None
    ]
    states = await _states(reader, min((f.letter.at for f in found), default=None))
    known = [_with_state(letter, states) for letter in found]
    ordered = sorted(known, key=lambda f: (f.letter.at, f.record.partition, f.record.offset))
    return [letter for letter in ordered if closed or letter.state in (OPEN, ORDERED)]


_States = dict[tuple[str, int, int, int], str]


async def _states(reader: TopicReader, since: datetime | None) -> _States:
    """What later attempts came to, by source and attempt; first the orders, then the receipts over them."""
    states: _States = {}
    if since is None:
        return states
    async for record in reader.read(MAIL_FORWARDED, since=since):
        if is_order(record) and (found := about(record)) and found.attempt:
            states[_key(found)] = ORDERED
    async for record in reader.read(ROUTING_DECISIONS, since=since):
        if (found := about(record)) and found.attempt:
            states[_key(found)] = _outcome(record)
    return states


def _key(found: About) -> tuple[str, int, int, int]:
    return found.source.topic, found.source.partition, found.source.offset, found.attempt


def _outcome(record: InRecord) -> str:
    return RoutingDecision.read(record.value or b"").outcome


def _with_state(letter: SetAside, states: _States) -> SetAside:
    key = (letter.source.topic, letter.source.partition, letter.source.offset, letter.letter.attempt + 1)
    return replace(letter, state=states.get(key, OPEN))
