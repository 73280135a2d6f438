"""Receipts, mails and tags of one delivery, ticket or Message-ID."""

import re
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic_core import to_json

from schemas.decision import RoutingDecision
from schemas.event import Event
from schemas.mail import EnrichedMail
from schemas.privacy import PrivacyTaggedMessage
from schemas.topics import MAIL_ENRICHED, MAIL_INBOUND, MESSAGES_PRIVACY_TAGGED, ROUTING_DECISIONS, Topic
from workers.errors import InvalidInput
from workers.processors.topic_reader import TopicReader

M = TypeVar("M", bound=Event)
OfDelivery = TypeVar("OfDelivery", EnrichedMail, PrivacyTaggedMessage)
_LONGEST_ID = 1_000
_TICKET_ID = re.compile(r"T-[0-9A-Z]{12}")


@dataclass(frozen=True, slots=True)
class Found:
    """`what`: `ticket`, `delivery` or `message-id`. Receipts in the order in which they were written."""

    what: str
    receipts: tuple[RoutingDecision, ...]


async def find_receipts(reader: TopicReader, id_: str, *, limit: int, since: datetime | None = None) -> Found:
    """The last `limit` receipts of a ticket, a delivery, or all deliveries with a Message-ID. None: empty.

    A delivery's receipts are looked for in all partitions: a refused claim moves it to another ticket. Raises
    `InvalidInput` for what no id can be.
    """
    if not id_.strip("<> ") or len(id_) > _LONGEST_ID:
        raise InvalidInput("This is no id: give a ticket, a delivery or a Message-ID.")
    if _TICKET_ID.fullmatch(id_):
        return Found("ticket", await _last(ticket_receipts(reader, id_, since), limit))
    if "@" in id_ or id_.startswith("<"):
        deliveries = await deliveries_of(reader, id_, since)
        return Found("message-id", await _last(delivery_receipts(reader, deliveries, since), limit))
    return Found("delivery", await _last(delivery_receipts(reader, {id_}, since), limit))


async def ticket_receipts(
    reader: TopicReader, ticket_id: str, since: datetime | None = None
) -> AsyncIterator[RoutingDecision]:
    """Of mails and commands."""
    async for record in reader.read(ROUTING_DECISIONS, key=ticket_id, since=since):
        if record.key == ticket_id.encode() and record.value is not None:
            yield RoutingDecision.read(record.value)


async def delivery_receipts(
    reader: TopicReader, delivery_ids: set[str], since: datetime | None = None
) -> AsyncIterator[RoutingDecision]:
    """Of all attempts."""
    if delivery_ids:
        async for receipt in _matching(reader, ROUTING_DECISIONS, delivery_ids, since):
            if receipt.delivery_id in delivery_ids:
                yield receipt


async def deliveries_of(reader: TopicReader, message_id: str, since: datetime | None = None) -> set[str]:
    """One per mailbox that the mail was for, or more where the id was used again."""
    bare = _bare(message_id)
    found: set[str] = set()
    async for mail in _matching(reader, MAIL_ENRICHED, {bare}, since):
        if _bare(mail.message_id) == bare:
            found.add(mail.delivery_id)
    if not found:  # not decided yet, or it could not be enriched
        async for accepted in _matching(reader, MAIL_INBOUND, {bare}, since):
            if _bare(accepted.message_id) == bare:
                found.add(accepted.delivery_id)
    return found


async def find_mail(reader: TopicReader, ticket_id: str, delivery_id: str) -> EnrichedMail | None:
    """The mail as it was understood when it was last decided."""
    return (await find_mails(reader, ticket_id, {delivery_id})).get(delivery_id)


async def find_tag(reader: TopicReader, ticket_id: str, delivery_id: str) -> PrivacyTaggedMessage | None:
    """The latest tag of the message."""
    return (await find_tags(reader, ticket_id, {delivery_id})).get(delivery_id)


async def find_mails(reader: TopicReader, ticket_id: str, delivery_ids: set[str]) -> dict[str, EnrichedMail]:
    """As `find_mail`, by delivery; however many, the ticket's partition is read once."""
    return await _latest(reader, MAIL_ENRICHED, ticket_id, delivery_ids)


async def find_tags(
    reader: TopicReader, ticket_id: str, delivery_ids: set[str]
) -> dict[str, PrivacyTaggedMessage]:
    """As `find_tag`, by delivery; however many, the ticket's partition is read once."""
    return await _latest(reader, MESSAGES_PRIVACY_TAGGED, ticket_id, delivery_ids)


async def _latest(
    reader: TopicReader, topic: Topic[OfDelivery], ticket_id: str, delivery_ids: set[str]
) -> dict[str, OfDelivery]:
    """The last event of each delivery."""
    found: dict[str, OfDelivery] = {}
    async for event in _matching(reader, topic, delivery_ids, None, key=ticket_id):
        if event.delivery_id in delivery_ids:
            found[event.delivery_id] = event
    return found


async def _matching(
    reader: TopicReader, topic: Topic[M], words: set[str], since: datetime | None, key: str | None = None
) -> AsyncIterator[M]:
    """Events whose bytes hold one of these words: parsing each would take ten times as long."""
    octets = [_in_json(word) for word in words]
    if not octets:
        return
    async for record in reader.read(topic, key=key, since=since):
        value = record.value
        if value is not None and any(each in value for each in octets):
            yield topic.model.read(value)


def _bare(message_id: str) -> str:
    return message_id.strip().strip("<>")


def _in_json(word: str) -> bytes:
    """As pydantic writes it inside a JSON string."""
    return to_json(word)[1:-1]


async def _last(receipts: AsyncIterator[RoutingDecision], limit: int) -> tuple[RoutingDecision, ...]:
    kept: deque[RoutingDecision] = deque(maxlen=limit)
    async for receipt in receipts:
        kept.append(receipt)
    return tuple(kept)
