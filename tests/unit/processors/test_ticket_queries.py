"""Tickets as they stand, from the topic alone."""

from datetime import timedelta

from schemas.ticket import RoutedTicket
from schemas.topics import TICKETS_ROUTED
from tests.support.builders import RECEIVED_AT
from tests.support.fake_topics import FakeTopics
from tests.support.shipped_examples import an_example
from workers.processors.ticket_queries import find_ticket, list_tickets


def a_ticket(number: int, *, revision: int = 1, status: str = "open") -> RoutedTicket:
    """The higher the number, the later it was opened."""
    return an_example(
        TICKETS_ROUTED,
        ticket_id=f"T-{number:012}",
        revision=revision,
        status=status,
        opened_at=RECEIVED_AT + timedelta(minutes=number),
    )


async def some_tickets(*tickets: RoutedTicket) -> FakeTopics:
    topics = FakeTopics()
    for ticket in tickets:
        await topics.publish(TICKETS_ROUTED, ticket.ticket_id, ticket)
    return topics


def everything(ticket: RoutedTicket) -> bool:
    return True


async def test_a_ticket_is_shown_in_its_latest_revision_from_its_partition_only() -> None:
    """Other tickets of the partition don't matter."""
    topics = await some_tickets(a_ticket(1), a_ticket(2), a_ticket(1, revision=2, status="solved"))

    found = await find_ticket(topics, "T-000000000001")

    assert a_ticket(1, revision=2, status="solved") == found
    assert ["T-000000000001"] == topics.reads


async def test_an_unknown_ticket_is_none() -> None:
    """Not an error here."""
    assert await find_ticket(await some_tickets(a_ticket(1)), "T-000000000009") is None


async def test_the_last_opened_comes_first_and_pages_join_without_overlap() -> None:
    """`after` is the last one of the page before."""
    tickets = [a_ticket(number) for number in (3, 1, 5, 2, 4)]
    topics = await some_tickets(*tickets)

    first = await list_tickets(topics, everything, limit=2)
    second = await list_tickets(topics, everything, limit=2, after=first[-1])
    third = await list_tickets(topics, everything, limit=2, after=second[-1])

    assert [5, 4, 3, 2, 1] == [int(ticket.ticket_id[2:]) for ticket in (*first, *second, *third)]


async def test_a_filter_looks_at_the_latest_revision() -> None:
    """A ticket that was open, and is solved now, is not open; nor the other way round."""
    topics = await some_tickets(
        a_ticket(1),
        a_ticket(2, status="solved"),
        a_ticket(1, revision=2, status="solved"),
        a_ticket(2, revision=2),
    )

    found = await list_tickets(topics, lambda ticket: ticket.status == "open", limit=1)

    assert [a_ticket(2, revision=2)] == found


async def test_a_ticket_that_was_removed_is_not_listed() -> None:
    """A tombstone."""
    topics = await some_tickets(a_ticket(1), a_ticket(2))
    await topics.publish(TICKETS_ROUTED, "T-000000000002", None)

    assert [a_ticket(1)] == await list_tickets(topics, everything, limit=5)
