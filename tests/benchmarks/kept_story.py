"""A history as lanes leave it, of any length: one decided story, told again and again about other tickets.

Its records are what routing wrote, with other ticket ids and the proofs that these ids give: so every decision can
be made again, at a fraction of what deciding a million mails would cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from aiokafka import AIOKafkaProducer

from schemas.cloudevents import Headers
from schemas.mail import EnrichedMail
from schemas.topics import (
    MAIL_ENRICHED,
    MESSAGES_PRIVACY_TAGGED,
    ROUTING_DECISIONS,
    TICKETS_ROUTED,
    TICKETS_SLA,
)
from tests.benchmarks.bench_world import PARTITIONS, SIGNER, accepted_mails
from tests.benchmarks.profile_route import Tickets, as_read, lane_logic
from tests.benchmarks.servers import Place
from workers.ports import OutRecord

STORY_MAILS = 2_500
KEPT = {
    t.name for t in (MAIL_ENRICHED, ROUTING_DECISIONS, TICKETS_ROUTED, MESSAGES_PRIVACY_TAGGED, TICKETS_SLA)
}
_LANE_BATCH = 250
_BATCH_BYTES = 900_000


@dataclass(frozen=True, slots=True)
class Story:
    """`records`: of one lane, in order. `mailboxes`: of each ticket. `decisions`: how many receipts there are."""

    records: Sequence[OutRecord]
    mailboxes: dict[str, str]
    decisions: int

    def told_about(self, number: int) -> Iterator[OutRecord]:
        """The same about other tickets: another number, other ones."""
        words = {
            ticket: _words(ticket, box, at, number) for at, (ticket, box) in enumerate(self.mailboxes.items())
        }
        for record in self.records:
            old_id, new_id, old_proof, new_proof = words[(record.key or b"").decode()]
            value = (record.value or b"").replace(old_id, new_id).replace(old_proof, new_proof)
            headers: Headers = tuple((name, text.replace(old_id, new_id)) for name, text in record.headers)
            yield OutRecord(record.topic, new_id, value, headers)


async def decided_story(mails: int = STORY_MAILS) -> Story:
    """By a lane in memory, from parsed mails, under the shipped policy."""
    written = await accepted_mails(mails)
    logic, tickets = await lane_logic(), Tickets()
    kept: list[OutRecord] = []
    for at in range(0, len(written), _LANE_BATCH):
        batch = [as_read(at + place, record) for place, record in enumerate(written[at : at + _LANE_BATCH])]
        outcome = await logic.decide(batch, tickets)
        tickets.fields.update(outcome.view)
        kept += [record for record in outcome.outputs if record.topic in KEPT]
    boxes = {m.ticket_id: m.mailbox for r in kept if r.topic == MAIL_ENRICHED.name for m in [_mail(r)]}
    return Story(kept, boxes, sum(record.topic == ROUTING_DECISIONS.name for record in kept))


def write(place: Place, story: Story, numbers: range) -> int:
    """Tell the story so often in each partition, on all cores; how many decisions that are.

    Precondition: one that is told more than once is longer than readers look ahead (`lane_window.AHEAD`), for its
    mails have the same ids each time.
    """
    work = [
        (place.connection.client_options(), place.prefix, story, partition, numbers)
        for partition in range(PARTITIONS)
    ]
    with _writers(numbers) as pool:
        list(pool.map(_write_partition, *zip(*work, strict=True)))
    return story.decisions * len(numbers) * PARTITIONS


def _writers(numbers: range) -> Executor:
    """Processes, where there is enough to write for their start."""
    if len(numbers) == 1:
        return ThreadPoolExecutor(2)
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


def _write_partition(
    kafka: dict[str, Any], prefix: str, story: Story, partition: int, numbers: range
) -> None:
    tellings = (record for n in numbers for record in story.told_about(n * PARTITIONS + partition))
    asyncio.run(_send(kafka, prefix, partition, tellings))


async def _send(kafka: dict[str, Any], prefix: str, partition: int, records: Iterable[OutRecord]) -> None:
    """Topics side by side, as far apart as a lane's transaction lets them be."""
    producer = AIOKafkaProducer(**kafka, linger_ms=0, max_batch_size=_BATCH_BYTES, max_request_size=2_000_000)
    await producer.start()
    batches: dict[str, Any] = {}

    def put(record: OutRecord) -> bool:
        batch = batches.get(record.topic) or batches.setdefault(record.topic, producer.create_batch())
        headers = list(record.headers)
        return batch.append(timestamp=None, key=record.key, value=record.value, headers=headers) is not None

    async def flush() -> None:
        sent = [
            await producer.send_batch(b, prefix + topic, partition=partition) for topic, b in batches.items()
        ]
        await asyncio.gather(*sent)
        batches.clear()

    try:
        for record in records:
            if not put(record):
                await flush()
                put(record)
        await flush()
    finally:
        await producer.stop()


def _mail(record: OutRecord) -> EnrichedMail:
    return EnrichedMail.read(record.value or b"")


def _words(ticket: str, mailbox: str, at: int, number: int) -> tuple[bytes, bytes, bytes, bytes]:
    new = f"T-{number:06d}{at:06d}"
    proofs = SIGNER.sign(ticket, mailbox), SIGNER.sign(new, mailbox)
    return ticket.encode(), new.encode(), proofs[0].encode(), proofs[1].encode()
