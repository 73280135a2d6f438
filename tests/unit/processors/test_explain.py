"""Finding receipts by what people have in hand."""

import json

import pytest

from schemas.topics import (
    MAIL_ENRICHED,
    MAIL_INBOUND,
    MESSAGES_PRIVACY_TAGGED,
    ROUTING_DECISIONS,
    TICKETS_ROUTED,
)
from tests.support.builders import an_enriched_mail, an_inbound_mail
from tests.support.fake_topics import FakeTopics
from tests.support.shipped_examples import an_example
from workers.errors import InvalidInput
from workers.processors.explain import explain, explanation_as_json

TICKET, OTHER = "T-EFXBY9J9J79H", "T-000000000002"
DELIVERY, SECOND = "a" * 32, "b" * 32


async def a_history() -> FakeTopics:
    """A delivery that was set aside, then routed under another ticket; and another delivery of that ticket."""
    topics = FakeTopics()
    for delivery, ticket, attempt, outcome in (
        (DELIVERY, OTHER, 0, "dead-lettered"),
        (DELIVERY, TICKET, 1, "routed"),
        (SECOND, TICKET, 0, "routed"),
    ):
        receipt = an_example(
            ROUTING_DECISIONS, delivery_id=delivery, ticket_id=ticket, attempt=attempt, outcome=outcome
        )
        await topics.publish(ROUTING_DECISIONS, ticket, receipt)
    mail = an_enriched_mail(
        delivery_id=DELIVERY,
        ticket_id=TICKET,
        message_id='<"odd\\"@acme.test>',
        subject="Words",
        text="of a mail",
    )
    await topics.publish(MAIL_ENRICHED, TICKET, mail)
    await topics.publish(
        MAIL_INBOUND, OTHER, an_inbound_mail(delivery_id=SECOND, message_id="<second@acme.test>")
    )
    tag = an_example(MESSAGES_PRIVACY_TAGGED, delivery_id=DELIVERY, ticket_id=TICKET)
    await topics.publish(MESSAGES_PRIVACY_TAGGED, TICKET, tag)
    await topics.publish(TICKETS_ROUTED, TICKET, an_example(TICKETS_ROUTED))
    return topics


@pytest.mark.parametrize(
    ("id_", "what", "outcomes"),
    [
        (DELIVERY, "delivery", ["dead-lettered", "routed"]),
        (TICKET, "ticket", ["routed", "routed"]),
        ('<"odd\\"@acme.test>', "message-id", ["dead-lettered", "routed"]),
        ('"odd\\"@acme.test', "message-id", ["dead-lettered", "routed"]),
        ("<second@acme.test>", "message-id", ["routed"]),
        ("c" * 32, "delivery", []),
        ("<nobody@acme.test>", "message-id", []),
    ],
)
async def test_receipts_are_found_by_delivery_ticket_or_message_id(
    id_: str, what: str, outcomes: list[str]
) -> None:
    """Over all partitions where a delivery may have moved; Message-IDs with or without brackets."""
    explanation = await explain(await a_history(), id_, limit=10)

    assert what == explanation.what
    assert sorted(outcomes) == sorted(decision.receipt.outcome for decision in explanation.decisions)


async def test_the_latest_receipts_are_shown_when_there_are_more() -> None:
    """Bounded, however long the history."""
    explanation = await explain(await a_history(), TICKET, limit=1)
    assert [SECOND] == [decision.receipt.delivery_id for decision in explanation.decisions]


async def test_a_receipt_comes_with_its_mail_tag_and_ticket_but_without_words() -> None:
    """Who wrote is there by ids; subject, text and address are not."""
    explanation = await explain(await a_history(), DELIVERY, limit=10)
    written = json.dumps(explanation_as_json(explanation))

    assert "p-jan" in written
    assert TICKET in {ticket.ticket_id for ticket in explanation.tickets}
    assert any(decision.tag for decision in explanation.decisions)
    for words in ("Words", "of a mail", "jan@acme.test"):
        assert words not in written


async def test_however_many_decisions_each_topic_of_a_ticket_is_read_once() -> None:
    """A ticket of many mails is explained as fast as one of a single mail."""
    topics = await a_history()
    await explain(topics, TICKET, limit=1)
    once = len(topics.reads)

    await explain(topics, TICKET, limit=10)

    assert 2 * once == len(topics.reads)


@pytest.mark.parametrize("id_", ["", "  ", "<>", "x" * 2_000])
async def test_what_no_id_can_be_is_a_wrong_question(id_: str) -> None:
    """And no topic is read for it."""
    topics = FakeTopics()
    with pytest.raises(InvalidInput):
        await explain(topics, id_, limit=1)
    assert [] == topics.reads
