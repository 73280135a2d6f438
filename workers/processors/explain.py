"""All that is known of a decision: its receipts, the mails that they are about, the ticket and the tags now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.decision import RoutingDecision
from schemas.mail import EnrichedMail, Sender
from schemas.privacy import PrivacyTaggedMessage
from schemas.ticket import RoutedTicket
from workers.processors.receipt_queries import find_mails, find_receipts, find_tags
from workers.processors.ticket_queries import find_ticket
from workers.processors.topic_reader import TopicReader


@dataclass(frozen=True, slots=True)
class Explained:
    """One receipt with its mail (None: of a command, or never understood) and the message's present tag."""

    receipt: RoutingDecision
    mail: EnrichedMail | None
    tag: PrivacyTaggedMessage | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`decisions` in the order in which they were made; `tickets` are those that they touched, as they are now."""

    id: str
    what: str
    decisions: tuple[Explained, ...]
    tickets: tuple[RoutedTicket, ...]


async def explain(reader: TopicReader, id_: str, *, limit: int, since: datetime | None = None) -> Explanation:
    """The last `limit` decisions on a ticket, delivery or Message-ID. Nothing found: no decisions."""
    found = await find_receipts(reader, id_, limit=limit, since=since)
    deliveries: dict[str, set[str]] = {}
    for receipt in found.receipts:
        of_ticket = deliveries.setdefault(receipt.ticket_id, set())
        of_ticket.update({receipt.delivery_id} if receipt.delivery_id else ())
    mails = {ticket: await find_mails(reader, ticket, ids) for ticket, ids in deliveries.items()}
    tags = {ticket: await find_tags(reader, ticket, ids) for ticket, ids in deliveries.items()}
    tickets = [await find_ticket(reader, ticket_id) for ticket_id in deliveries]
    decisions = tuple(
        Explained(
            receipt,
            mails[receipt.ticket_id].get(receipt.delivery_id or ""),
            tags[receipt.ticket_id].get(receipt.delivery_id or ""),
        )
        for receipt in found.receipts
    )
    return Explanation(id_, found.what, decisions, tuple(ticket for ticket in tickets if ticket))


def explanation_as_json(explanation: Explanation) -> dict[str, Any]:
    """Everything, without a word of the mails: of them only what identifies the sender to us."""
    return {
        "id": explanation.id,
        "what": explanation.what,
        "decisions": [_decision_as_json(decision) for decision in explanation.decisions],
        "tickets": [ticket.model_dump(mode="json") for ticket in explanation.tickets],
    }


def _decision_as_json(decision: Explained) -> dict[str, Any]:
    mail, tag = decision.mail, decision.tag
    return {
        "receipt": decision.receipt.model_dump(mode="json"),
        "mail": None if mail is None else _mail_as_json(mail),
        "tag": None if tag is None else tag.model_dump(mode="json"),
    }


def _mail_as_json(mail: EnrichedMail) -> dict[str, Any]:
    return {
        "mailbox": mail.mailbox,
        "received_at": mail.received_at.isoformat(),
        "sender": _sender_as_json(mail.sender),
        "groups": [group.model_dump(mode="json") for group in mail.groups],
        "classification": mail.classification,
        "identity_level": mail.identity_level,
        "claim": mail.claim.model_dump(mode="json"),
        "defects": list(mail.defects),
    }


def _sender_as_json(sender: Sender) -> dict[str, Any]:
    return sender.model_dump(mode="json", exclude={"address"})
