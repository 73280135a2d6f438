"""Decisions as records: each event with its key, its partition and its CloudEvents headers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas import topics
from schemas.cloudevents import headers_for
from schemas.command import CommandResult, SlaEvent
from schemas.dead_letter import HEADER, DeadLetter
from schemas.decision import RoutingDecision
from schemas.event import Event
from schemas.mail import EnrichedMail, Source
from schemas.orders import PricedOrder
from schemas.privacy import PrivacyTaggedMessage
from schemas.take_up import TakeUp
from schemas.ticket import RoutedTicket, TicketState
from schemas.topics import Topic
from schemas.trace_context import TraceContext
from workers.ports import InRecord, OutRecord
from workers.processors.take_up import take_up_record


def source_id(source: Source, attempt: int) -> str:
    """One id per record and attempt: `TOPIC-PARTITION-OFFSET:ATTEMPT`."""
    return f"{source.topic}-{source.partition}-{source.offset}:{attempt}"


@dataclass(frozen=True, slots=True)
class EventsOut:
    """Events caused by one record, at the time of that cause (`at`, aware). Written to the lane's partition.

    `trace`: the span of the work that writes them; all of them name it.
    """

    prefix: str
    partition: int
    cause: InRecord
    at: datetime
    trace: TraceContext | None = None

    def enriched(self, mail: EnrichedMail) -> OutRecord:
        return self._event(topics.MAIL_ENRICHED, mail, mail.ticket_id, source_id(mail.source, mail.attempt))

    def forwarded(self, mail: EnrichedMail) -> OutRecord:
        """To the lane of the mail's new ticket."""
        event_id = source_id(mail.source, mail.attempt)
        return self._event(topics.MAIL_FORWARDED, mail, mail.ticket_id, event_id, elsewhere=True)

    def routed(self, ticket: RoutedTicket) -> OutRecord:
        event_id = f"{ticket.ticket_id}:{ticket.revision}"
        return self._event(topics.TICKETS_ROUTED, ticket, ticket.ticket_id, event_id)

    def state(self, state: TicketState) -> OutRecord:
        ticket = state.ticket
        event_id = f"{ticket.ticket_id}:{ticket.revision}:{self.cause.topic}-{self.cause.offset}"
        return self._event(topics.TICKETS_STATE, state, ticket.ticket_id, event_id)

    def tag(self, tag: PrivacyTaggedMessage) -> OutRecord:
        event_id = f"{tag.delivery_id}:{tag.tag_revision}"
        return self._event(topics.MESSAGES_PRIVACY_TAGGED, tag, tag.ticket_id, event_id)

    def sla(self, event: SlaEvent) -> OutRecord:
        event_id = f"{event.ticket_id}:{event.revision}:{event.kind}:{event.clock or '-'}"
        return self._event(topics.TICKETS_SLA, event, event.ticket_id, event_id)

    def result(self, result: CommandResult) -> OutRecord:
        return self._event(topics.TICKETS_COMMAND_RESULTS, result, result.ticket_id, result.command_id)

    def receipt(self, receipt: RoutingDecision) -> OutRecord:
        event_id = source_id(receipt.source, receipt.attempt)
        return self._event(topics.ROUTING_DECISIONS, receipt, receipt.ticket_id, event_id)

    def priced(self, order: PricedOrder) -> OutRecord:
        """One for each record of `orders.placed`, whose place is its id: an order may be placed again."""
        where = f"{topics.ORDERS_PLACED.name}-{self.cause.partition}-{self.cause.offset}"
        return self._event(topics.ORDERS_PRICED, order, order.order_id, where)

    def command_elsewhere(self, ticket_id: str) -> OutRecord:
        """The command as it came, to its ticket's own lane."""
        topic = topics.TICKETS_COMMANDS.full_name(self.prefix)
        return OutRecord(topic, ticket_id.encode(), self.cause.value, self.cause.headers)

    def order_elsewhere(self, order: TakeUp, ticket_id: str) -> OutRecord:
        """The order to take the command up, to its ticket's own lane: its receipt keeps source and attempt."""
        record = take_up_record(order, self.cause)
        topic = topics.MAIL_FORWARDED.full_name(self.prefix)
        return record._replace(topic=topic, key=ticket_id.encode(), partition=None)

    def dead_letter(self, letter: DeadLetter) -> OutRecord:
        """The record with its value and headers as they were; why it is here stands in one header more."""
        return OutRecord(
            topic=topics.MAIL_DEAD_LETTER.full_name(self.prefix),
            key=self.cause.key,
            value=self.cause.value,
            headers=(*self.cause.headers, (HEADER, letter.write())),
            partition=self.partition,
        )

    def _event(
        self, topic: Topic[Event], event: Event, key: str, event_id: str, *, elsewhere: bool = False
    ) -> OutRecord:
        return OutRecord(
            topic=topic.full_name(self.prefix),
            key=key.encode(),
            value=event.write(),
            headers=headers_for(
                topic,
                event_id=event_id,
                time=self.at,
                subject=key,
                partition_key=key,
                traceparent=self.trace.write() if self.trace else None,
            ),
            partition=None if elsewhere else self.partition,
        )
