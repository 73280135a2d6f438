"""What the door knows of deliveries, from the records of three topics."""

from schemas.access import Requires
from schemas.event import Event
from schemas.topics import MESSAGES_PRIVACY_TAGGED, ROUTING_DECISIONS, TICKETS_ROUTED, Topic
from tests.support.shipped_examples import an_example
from workers.adapters.delivery_tables import DeliveryTables
from workers.ports import InRecord

DELIVERY, TICKET, OTHER = "a" * 32, "T-AAAAAAAAAAAA", "T-BBBBBBBBBBBB"


def a_record(topic: Topic[Event], key: str, event: Event | bytes | None, at_ms: int = 1000) -> InRecord:
    value = event.write() if isinstance(event, Event) else event
    return InRecord(f"x.{topic.name}", 0, 0, at_ms, key.encode(), value)


def a_tag(revision: int = 1, ticket: str = TICKET, at_ms: int = 1000, **fields: object) -> InRecord:
    event = an_example(
        MESSAGES_PRIVACY_TAGGED, delivery_id=DELIVERY, ticket_id=ticket, tag_revision=revision, **fields
    )
    return a_record(MESSAGES_PRIVACY_TAGGED, ticket, event, at_ms)


def a_ticket(ticket: str = TICKET, book: str = "board") -> InRecord:
    event = an_example(TICKETS_ROUTED, ticket_id=ticket, requires={"address_books": [book]})
    return a_record(TICKETS_ROUTED, ticket, event)


def a_receipt(outcome: str, offset: int, topic: str = "mail.inbound") -> InRecord:
    source = {"topic": topic, "partition": 2, "offset": offset}
    event = an_example(ROUTING_DECISIONS, delivery_id=DELIVERY, outcome=outcome, source=source)
    return a_record(ROUTING_DECISIONS, TICKET, event)


def tables(*records: InRecord) -> DeliveryTables:
    made = DeliveryTables("x.")
    made.apply(records)
    return made


def test_the_tickets_latest_requirements_and_the_messages_latest_tag_are_found() -> None:
    """Whichever was read first, and also where both are read again."""
    records = [a_tag(1), a_ticket(), a_tag(2, private_to="jana"), a_ticket(book="customers")]
    for order in (records, [*records, *records], [records[2], *records]):
        found = tables(*order).find([DELIVERY])[DELIVERY]
        assert Requires(address_books=("customers",)) == found.ticket_requires
        assert (2, "jana") == (found.tag.tag_revision, found.tag.private_to)


def test_an_older_tag_read_again_does_not_open_what_a_later_one_closed() -> None:
    """P4: after an error records come twice."""
    found = tables(a_ticket(), a_tag(2, private_to="jana"), a_tag(1)).find([DELIVERY])
    assert "jana" == found[DELIVERY].tag.private_to


def test_a_message_belongs_to_the_ticket_that_it_came_to_last() -> None:
    """A released response may open a ticket of its own."""
    moved = a_tag(1, OTHER, at_ms=2000)
    for order in ([a_tag(3), moved], [moved, a_tag(3)]):
        found = tables(a_ticket(), a_ticket(OTHER), *order).find([DELIVERY])
        assert OTHER == found[DELIVERY].tag.ticket_id


def test_a_message_without_a_ticket_is_not_there() -> None:
    """Also after the ticket's tombstone."""
    gone = a_record(TICKETS_ROUTED, TICKET, None)
    assert {} == tables(a_tag()).find([DELIVERY])
    assert {} == tables(a_tag(), a_ticket(), gone).find([DELIVERY])


def test_what_cannot_be_read_closes_its_ticket() -> None:
    """Fail closed: nobody knows what it restricted."""
    for topic in (MESSAGES_PRIVACY_TAGGED, TICKETS_ROUTED):
        strange = a_record(topic, TICKET, b"{}")
        assert {} == tables(a_tag(), a_ticket(), strange, a_ticket()).find([DELIVERY])


def test_the_place_is_that_of_the_record_that_was_decided() -> None:
    """Neither that of a sender's second try, nor of a forwarded copy."""
    known = tables(
        a_receipt("routed", 5), a_receipt("duplicate", 9), a_receipt("routed", 7, "mail.forwarded")
    )
    source = known.source(DELIVERY)
    assert source is not None
    assert ("mail.inbound", 2, 5) == (source.topic, source.partition, source.offset)
    assert None is known.source("f" * 32)


def test_a_thousand_are_found_at_once_and_the_unknown_are_left_out() -> None:
    """The bound of one question."""
    ids = [f"{number:032x}" for number in range(999)]
    assert [DELIVERY] == list(tables(a_tag(), a_ticket()).find([*ids, DELIVERY]))


def test_what_is_forgotten_is_read_anew() -> None:
    """Places and access are read apart."""
    known = tables(a_tag(), a_ticket(), a_receipt("routed", 5))
    known.forget_access()
    assert ({}, 5) == (known.find([DELIVERY]), getattr(known.source(DELIVERY), "offset", None))
    known.forget_places()
    assert None is known.source(DELIVERY)
    known.close()
