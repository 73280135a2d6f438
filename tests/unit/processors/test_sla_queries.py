"""What is due, and ledgers, from topics in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.topics import POLICY_VERSIONS, TICKETS_ROUTED, TICKETS_STATE
from tests.support.builders import TICKET_ID
from tests.support.fake_topics import FakeTopics
from tests.support.recorded_history import RecordedHistory
from tests.support.routing_builders import MONDAY_NINE, a_command, a_mail, a_ticket_state, applied
from workers.entrypoints.sla_pages import ledger_as_json
from workers.errors import DependencyUnavailable
from workers.processors.sla_queries import list_due, read_ledger

HOUR = timedelta(hours=1)
OTHER = "T-000000000002"


@pytest.fixture
async def topics() -> FakeTopics:
    """Two tickets of Monday 9:00 and 10:00, the first answered at 11:00."""
    found = FakeTopics()
    first, second = (
        a_ticket_state(),
        a_ticket_state(a_mail(2, ticket_id=OTHER, received_at=MONDAY_NINE + HOUR)),
    )
    _, answered, _ = applied(a_command("responded", at=MONDAY_NINE + 2 * HOUR), first)
    for state in (first, second, answered):
        await found.publish(TICKETS_ROUTED, state.ticket.ticket_id, state.ticket)
        await found.publish(TICKETS_STATE, state.ticket.ticket_id, state)
    return found


async def test_only_running_clocks_that_are_due_by_then_are_listed(topics: FakeTopics) -> None:
    """The latest revision counts; the earliest comes first."""
    far = await list_due(topics, datetime(2026, 3, 31, tzinfo=UTC))
    assert [(OTHER, "respond"), (TICKET_ID, "resolve"), (OTHER, "resolve")] == [
        (due.ticket_id, due.clock) for due in far
    ]
    assert [OTHER] == [due.ticket_id for due in await list_due(topics, MONDAY_NINE + 5 * HOUR)]
    assert [] == await list_due(topics, MONDAY_NINE + 4 * HOUR)


async def test_a_ticket_that_is_gone_is_not_due(topics: FakeTopics) -> None:
    """A tombstone."""
    await topics.publish(TICKETS_ROUTED, OTHER, None)
    assert {TICKET_ID} == {due.ticket_id for due in await list_due(topics, datetime(2026, 3, 31, tzinfo=UTC))}


async def test_the_ledger_is_read_by_the_policy_that_is_live() -> None:
    """Each stretch with its reason."""
    told = RecordedHistory()
    await told.live()
    await told.mail(a_mail())
    found = await read_ledger(told.topics, TICKET_ID, MONDAY_NINE + 3 * HOUR)
    assert found is not None
    shown: Any = ledger_as_json(*found)
    respond, _ = shown["clocks"]
    assert ("PT4H", "PT3H", "PT1H") == (respond["promised"], respond["counted"], respond["left"])
    assert [("2026-03-02T09:00:00Z", "2026-03-02T12:00:00Z", True, "open")] == [
        tuple(stretch.values()) for stretch in respond["stretches"]
    ]


async def test_no_ticket_has_no_ledger_and_no_policy_is_waited_for(topics: FakeTopics) -> None:
    """None, and never a guess."""
    assert await read_ledger(topics, "T-NOBODY000000", MONDAY_NINE) is None
    with pytest.raises(DependencyUnavailable):
        await read_ledger(topics, TICKET_ID, MONDAY_NINE)


async def test_a_policy_that_was_altered_is_not_read() -> None:
    """Its version is the digest of its content."""
    told = RecordedHistory()
    await told.live()
    await told.mail(a_mail())
    told.spoil(POLICY_VERSIONS.name, 0, b'"PT4H"', b'"PT9H"')
    with pytest.raises(DependencyUnavailable):
        await read_ledger(told.topics, TICKET_ID, MONDAY_NINE)
