"""Tickets that are searched: what a record of `tickets.state` changes in the tables, and what questions find."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.ticket import TicketState
from schemas.topics import TICKETS_STATE
from tests.support.pages_world import NOW, a_ticket_state
from tests.support.shipped_examples import an_example
from workers.adapters.ticket_tables import TicketTables
from workers.errors import DependencyUnavailable
from workers.page_ports import Customers, DueQuery, TicketQuery
from workers.ports import InRecord

ID, OTHER = "T-AAAAAAAAAAAA", "T-BBBBBBBBBBBB"


def a_record(key: str, value: TicketState | bytes | None, at_ms: int = 1000) -> InRecord:
    octets = value.write() if isinstance(value, TicketState) else value
    return InRecord(f"x.{TICKETS_STATE.name}", 0, 0, at_ms, key.encode(), octets)


def tables(*states: TicketState) -> TicketTables:
    made = TicketTables()
    made.apply([a_record(state.ticket.ticket_id, state) for state in states])
    return made


def ids(found: TicketTables, query: TicketQuery | None = None, after: str | None = None) -> list[str]:
    return [state.ticket.ticket_id for state in found.search(query or TicketQuery(), 10, after)]


@pytest.mark.parametrize(
    "query",
    [
        TicketQuery(mailbox="orders@acme.example"),
        TicketQuery(handler="eva"),
        TicketQuery(user_group="sales"),
        TicketQuery(area="sales"),
        TicketQuery(process="ordering"),
        TicketQuery(status="waiting"),
        TicketQuery(flag="handler_lacks_access"),
        TicketQuery(flag="thread_refused"),
        TicketQuery(customers=Customers(keys=("address:1",))),
        TicketQuery(process="ordering", handler="eva", status="waiting"),
    ],
)
def test_each_field_is_searched_and_all_must_hold(query: TicketQuery) -> None:
    """A flag also by how it begins, but not by a part within it."""
    wanted = a_ticket_state(
        ID,
        mailbox="orders@acme.example",
        handler="eva",
        user_group="sales",
        area="sales",
        process="ordering",
        status="waiting",
        flags=("handler_lacks_access:areas:sales", "thread_refused"),
    ).model_copy(update={"customer_key": "address:1"})
    found = tables(wanted, a_ticket_state(OTHER))
    assert [ID] == ids(found, query)
    assert [] == ids(found, TicketQuery(flag="areas"))
    assert [] == ids(found, TicketQuery(handler="eva", status="open"))


def test_customers_are_any_of_those_who_are_meant() -> None:
    """By contact, by company or by key; nobody meant: no ticket."""
    found = tables(a_ticket_state(ID))
    for customers in (
        Customers(("p-jan",)),
        Customers(companies=("c-acme", "c-x")),
        Customers(keys=("company:c-acme",)),
    ):
        assert [ID] == ids(found, TicketQuery(customers=customers))
    for customers in (Customers(("c-acme",)), Customers(companies=("p-jan",)), Customers()):
        assert [] == ids(found, TicketQuery(customers=customers))


def test_a_later_record_replaces_a_ticket_and_a_tombstone_removes_it() -> None:
    """Applied again, nothing changes."""
    found = tables(a_ticket_state(ID), a_ticket_state(ID, status="solved", revision=3))
    found.apply([a_record(ID, a_ticket_state(ID, status="solved", revision=3))])
    assert [ID] == ids(found, TicketQuery(status="solved"))
    kept = found.find(ID)
    assert kept is not None
    assert [3, 2] == [each.revision for each in kept.revisions]
    assert datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC) == kept.revisions[0].at
    found.apply([a_record(ID, None)])
    assert (None, []) == (found.find(ID), ids(found))


def test_what_is_no_ticket_or_cannot_be_read_is_passed_over() -> None:
    """The lane's own notes lie in the same topic; a broken record leaves the ticket as it was."""
    found = tables(a_ticket_state(ID))
    found.apply([a_record("~positions", b"{}"), a_record("~taken:1", b"x"), a_record(ID, b"{")])
    assert [ID] == ids(found)


def test_all_is_forgotten_before_the_topic_is_read_anew() -> None:
    """Also revisions."""
    found = tables(a_ticket_state(ID))
    found.forget()
    assert (None, []) == (found.find(ID), ids(found))


def test_due_clocks_come_in_order_and_only_those_that_run() -> None:
    """A ticket may have two; a paused or stopped clock has no due time."""
    silent = an_example(TICKETS_STATE).ticket.sla
    assert silent is not None
    quiet = silent.model_copy(update={"respond_due_at": None, "resolve_due_at": None, "paused": True})
    found = tables(a_ticket_state(ID), a_ticket_state(OTHER, sla=quiet), a_ticket_state("T-C", sla=None))
    query = DueQuery(until=NOW + timedelta(days=2))
    due = found.due(query, 10, 0)
    assert [(ID, "respond"), (ID, "resolve")] == [(each.ticket.ticket_id, each.clock) for each in due]
    assert [silent.respond_due_at, silent.resolve_due_at] == [each.due_at for each in due]
    assert due[1:] == found.due(query, 10, 1)
    assert due[:1] == found.due(DueQuery(until=NOW + timedelta(hours=1)), 10, 0)
    assert [] == found.due(DueQuery(until=query.until, handler="eva"), 10, 0)


def test_where_there_is_no_room_nothing_changes_and_questions_are_answered() -> None:
    """As before; it is full by its own bound, long before the disk is."""
    found = TicketTables(most_bytes=200_000)
    found.apply([a_record(ID, a_ticket_state(ID))])
    many = [a_record(f"T-{number:012d}", a_ticket_state(f"T-{number:012d}")) for number in range(500)]
    for _ in range(2):
        with pytest.raises(DependencyUnavailable, match="no room"):
            found.apply(many)
        assert [ID] == ids(found)


def test_a_question_that_takes_too_long_is_given_up() -> None:
    """The thread is free again, and the next question is answered."""
    found = TicketTables(question_seconds=0.0)
    found.apply([a_record(f"T-{number:012d}", a_ticket_state(f"T-{number:012d}")) for number in range(2_000)])
    with pytest.raises(DependencyUnavailable, match="Too many tickets"):
        found.search(TicketQuery(flag="nowhere"), 10, None)
    assert found.find("T-000000000001") is not None
