"""Who sees what of a message, from the published directory."""

from collections.abc import Mapping

import pytest

from schemas.topics import MESSAGES_PRIVACY_TAGGED, ROUTING_DECISIONS, TICKETS_ROUTED
from tests.support.builders import a_directory
from tests.support.fake_topics import CLOCK, FakeTopics
from tests.support.shipped_examples import an_example
from workers.processors.publish_directory import publish_directory
from workers.processors.viewers import access_of, read_users, viewers

TICKET = "T-EFXBY9J9J79H"
DELIVERY = "a" * 32
REQUIRES: Mapping[str, list[str]] = {
    "address_books": ["customers"],
    "areas": ["key-helpdesk"],
    "user_groups": [],
}


async def a_message(private_to: str | None = None) -> FakeTopics:
    """A message of a ticket that requires the book `customers` and the area `key-helpdesk`."""
    topics = FakeTopics()
    await publish_directory(a_directory(), at=CLOCK, reader=topics, writer=topics)
    receipt = an_example(ROUTING_DECISIONS, delivery_id=DELIVERY, ticket_id=TICKET)
    tag = an_example(
        MESSAGES_PRIVACY_TAGGED,
        delivery_id=DELIVERY,
        ticket_id=TICKET,
        private_to=private_to,
        requires=REQUIRES,
    )
    await topics.publish(ROUTING_DECISIONS, TICKET, receipt)
    await topics.publish(MESSAGES_PRIVACY_TAGGED, TICKET, tag)
    await topics.publish(TICKETS_ROUTED, TICKET, an_example(TICKETS_ROUTED, requires=REQUIRES))
    return topics


@pytest.mark.parametrize(
    ("viewer", "verdict", "because"),
    [
        ("petr", "content", "all requirements met"),
        ("eva", "nothing", "areas:key-helpdesk"),
        ("jana", "nothing", "address_books:customers"),
        ("nobody", "nothing", "address_books:customers"),
    ],
)
async def test_every_requirement_must_hold(viewer: str, verdict: str, because: str) -> None:
    """And the first one that does not is named."""
    assert (verdict, because) == await access_of(await a_message(), DELIVERY, viewer)


async def test_a_private_message_exists_for_others_and_no_more() -> None:
    """R42."""
    assert ("existence", "private") == await access_of(await a_message(private_to="jana"), DELIVERY, "petr")


async def test_an_unknown_delivery_is_nothing() -> None:
    """As for somebody who may not know of it."""
    assert "nothing" == (await access_of(await a_message(), "f" * 32, "petr"))[0]


async def test_viewers_are_those_who_may_know_of_it() -> None:
    """The others are not listed at all."""
    topics = await a_message()
    tag = an_example(MESSAGES_PRIVACY_TAGGED, private_to=None, requires=REQUIRES)

    found = viewers(an_example(TICKETS_ROUTED, requires=REQUIRES), tag, await read_users(topics))

    assert {"petr": "content"} == found
