"""Waiting for what becomes of a mail: the topics are followed from a place taken before it was sent."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Self, TypeVar

from schemas.decision import RoutingDecision
from schemas.event import Event
from schemas.mail import EnrichedMail, InboundMail
from schemas.privacy import PrivacyTaggedMessage
from schemas.ticket import RoutedTicket
from schemas.topics import (
    MAIL_ENRICHED,
    MAIL_INBOUND,
    MESSAGES_PRIVACY_TAGGED,
    ROUTING_DECISIONS,
    TICKETS_ROUTED,
    Topic,
)
from workers.entrypoints.demo_outcomes import DemoOutcome
from workers.errors import DependencyUnavailable
from workers.ports import InRecord
from workers.processors.topic_reader import TopicReader
from workers.processors.viewers import Users, viewers

FOLLOWED: Sequence[Topic[Event]] = (
    MAIL_INBOUND,
    MAIL_ENRICHED,
    TICKETS_ROUTED,
    MESSAGES_PRIVACY_TAGGED,
    ROUTING_DECISIONS,
)
RECEIPT_SECONDS = 60.0
T = TypeVar("T")
Where = tuple[int, int]
"""Partition and offset in `mail.inbound`."""


class DemoWatch:
    """Collects what the topics say from the moment of `begin`. One wait at a time."""

    def __init__(self, records: AsyncIterator[InRecord], prefix: str, users: Users) -> None:
        self._records = records
        self._users = users
        self._take: dict[str, Callable[[InRecord], None]] = {
            topic.full_name(prefix): take
            for topic, take in zip(
                FOLLOWED,
                (self._accepted, self._enriched, self._routed, self._tagged, self._decided),
                strict=True,
            )
        }
        self._unclaimed: dict[str, list[Where]] = {}
        self._mails: dict[str, EnrichedMail] = {}
        self._tickets: dict[str, RoutedTicket] = {}
        self._tags: dict[str, PrivacyTaggedMessage] = {}
        self._receipts: dict[Where, RoutingDecision] = {}

    @classmethod
    async def begin(cls, reader: TopicReader, prefix: str, users: Users) -> Self:
        """From now on. `reader` is the watch's own."""
        return cls(reader.follow(await reader.ends(FOLLOWED)), prefix, users)

    async def outcome_of(self, message_id: str) -> DemoOutcome:
        """Of the next accepted mail with this Message-ID. Raises `DependencyUnavailable` after a minute."""
        try:
            async with asyncio.timeout(RECEIPT_SECONDS):
                source = await self._until(lambda: self._claim(message_id))
                receipt = await self._until(lambda: self._receipts.get(source))
                return await self._until(lambda: self._complete(receipt))
        except (TimeoutError, StopAsyncIteration) as error:
            raise DependencyUnavailable(
                f"No receipt within {RECEIPT_SECONDS:.0f} s. /readyz of the workers says what they wait for."
            ) from error

    async def _until(self, found: Callable[[], T | None]) -> T:
        while (value := found()) is None:
            record = await anext(self._records)
            self._take[record.topic](record)
        return value

    def _claim(self, message_id: str) -> Where | None:
        waiting = self._unclaimed.get(message_id.strip("<>"))
        return waiting.pop(0) if waiting else None

    def _complete(self, receipt: RoutingDecision) -> DemoOutcome | None:
        """None while events of the receipt's transaction are still to come: partitions open one by one."""
        delivery = receipt.delivery_id or ""
        mail, tag = self._mails.get(delivery), self._tags.get(delivery)
        ticket = self._tickets.get(receipt.ticket_id)
        joined = receipt.outcome == "suppressed" and receipt.state_before is not None
        if (receipt.outcome == "routed" or joined) and (
            mail is None or tag is None or ticket is None or ticket.revision < (receipt.revision or 0)
        ):
            return None
        who = viewers(ticket, tag, self._users) if ticket and tag else {}
        return DemoOutcome(receipt, mail, ticket, tag, who)

    def _accepted(self, record: InRecord) -> None:
        mail = InboundMail.read(record.value or b"")
        place = (record.partition, record.offset)
        self._unclaimed.setdefault(mail.message_id.strip("<>"), []).append(place)

    def _enriched(self, record: InRecord) -> None:
        mail = EnrichedMail.read(record.value or b"")
        self._mails[mail.delivery_id] = mail

    def _routed(self, record: InRecord) -> None:
        if record.value is not None:
            ticket = RoutedTicket.read(record.value)
            self._tickets[ticket.ticket_id] = ticket

    def _tagged(self, record: InRecord) -> None:
        tag = PrivacyTaggedMessage.read(record.value or b"")
        self._tags[tag.delivery_id] = tag

    def _decided(self, record: InRecord) -> None:
        receipt = RoutingDecision.read(record.value or b"")
        if receipt.delivery_id is not None and receipt.attempt == 0:
            self._receipts[receipt.source.partition, receipt.source.offset] = receipt
