"""`reroute` moves the due times of open tickets to those of the live policy, by their history."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.support.builders import TICKET_ID
from tests.support.other_policies import with_level
from tests.support.recorded_history import RecordedHistory
from tests.support.routing_builders import MONDAY_NINE, a_command, a_mail, a_policy
from tests.unit.processors.test_reroute import applied, decide_written, planned
from tests.unit.processors.test_shadow import HOUR, SECOND
from workers.routing.ticket_differences import FieldChange, field_changes

QUICKER = with_level(respond_within="PT2H")


@pytest.fixture
async def history() -> RecordedHistory:
    """A silver ticket that waited for an hour, and a stranger's; then silver promises two hours, not four."""
    told = RecordedHistory()
    await told.live()
    await told.mail(a_mail(1))
    await told.mail(a_mail(2, ticket_id=SECOND, groups=()))
    await told.command(a_command("status", "waiting", at=MONDAY_NINE + HOUR / 2, command_id="w"))
    await told.command(a_command("status", "open", at=MONDAY_NINE + 1.5 * HOUR, command_id="o"))
    await told.live(QUICKER)
    return told


def due(told: RecordedHistory, ticket_id: str = TICKET_ID) -> datetime | None:
    sla = told.states[ticket_id].ticket.sla
    return sla.respond_due_at if sla else None


async def test_only_tickets_whose_due_times_move_get_a_command(history: RecordedHistory) -> None:
    """R23: a dry run says in words what moves."""
    [found] = await planned(history)
    assert (TICKET_ID, True) == (found.command.ticket_id, found.command.value["deadlines"])
    assert [FieldChange("respond_due_at", "promised", "earlier")] == list(field_changes(found.outcomes))


async def test_it_is_applied_once_with_the_pause_that_there_was(history: RecordedHistory) -> None:
    """R21 R23: due at 12:00, not at 14:00; the second run finds nothing to do."""
    assert MONDAY_NINE + 5 * HOUR == due(history)
    await applied(history)
    assert 1 == len(await decide_written(history, begin=2))
    assert (MONDAY_NINE + 3 * HOUR, 4) == (due(history), history.states[TICKET_ID].ticket.revision)
    assert [] == await planned(history)


async def test_a_level_that_a_person_set_stays_and_is_due_as_it_promises_now(
    history: RecordedHistory,
) -> None:
    """R22 R23: gold by severity; gold promises half an hour."""
    critical = a_command("severity", "critical", at=MONDAY_NINE + 2 * HOUR, command_id="s")
    assert (await history.command(critical)).result.accepted
    await history.live(with_level("gold", respond_within="PT30M"))
    await applied(history)
    assert 1 == len(await decide_written(history, begin=3))
    sla = history.states[TICKET_ID].ticket.sla
    assert sla is not None
    assert ("gold", "critical", MONDAY_NINE + HOUR / 2) == (sla.level, sla.severity, sla.respond_due_at)


async def test_back_to_the_old_promise_is_another_run(history: RecordedHistory) -> None:
    """To and fro: each time one revision."""
    await applied(history, "one")
    await decide_written(history, begin=2)
    await history.live(a_policy().policy)
    await applied(history, "two")
    await decide_written(history, begin=3)
    assert (MONDAY_NINE + 5 * HOUR, 5) == (due(history), history.states[TICKET_ID].ticket.revision)


async def test_a_ticket_that_waits_is_left_alone_and_gets_its_due_time_when_it_goes_on(
    history: RecordedHistory,
) -> None:
    """R21: by the policy that is live then."""
    await history.command(a_command("status", "waiting", at=MONDAY_NINE + 2 * HOUR, command_id="w2"))
    assert [] == await planned(history)
    await history.command(a_command("status", "open", at=MONDAY_NINE + 2.5 * HOUR, command_id="o2"))
    assert MONDAY_NINE + 3.5 * HOUR == due(history)
