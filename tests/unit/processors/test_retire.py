"""Removing tickets by order: who is chosen, what their lane writes, and that history still holds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from schemas import topics
from schemas.command import TicketCommand
from schemas.policy import Policy
from schemas.topics import TICKETS_COMMANDS, TICKETS_STATE
from tests.support.builders import TICKET_ID
from tests.support.recorded_history import EVERYTHING, RecordedHistory
from tests.support.routing_builders import MONDAY_NINE, SIGNER, a_command, a_mail, a_policy
from tests.support.shipped_examples import an_example
from tests.unit.processors.test_route import LANE, World, a_record, world
from tests.unit.processors.test_shadow import a_candidate, shadowed
from workers.errors import InvalidInput
from workers.ports import BatchOutcome
from workers.processors.policy_archive import read_policies
from workers.processors.retire import order_retirement, retirable
from workers.processors.retired_tickets import retired_fields
from workers.processors.verify import verify
from workers.routing.policy_version import as_version

__all__ = ["world"]

OPEN = "T-000000000002"
CLOSED_AT = MONDAY_NINE + timedelta(hours=1)
LONG_AFTER = CLOSED_AT + timedelta(days=31)


def forgetful(policy: Policy) -> Policy:
    """Closed tickets reopen for two weeks and may go after a month."""
    fields = policy.model_dump()
    fields["processes"]["helpdesk"]["closed"] = {"reopen_within": "P14D", "retire_after": "P30D"}
    return Policy.model_validate(fields)


@pytest.fixture
async def history() -> RecordedHistory:
    """One ticket is closed, one is open."""
    told = RecordedHistory()
    await told.live(forgetful(a_policy().policy))
    await told.mail(a_mail(1))
    await told.mail(a_mail(2, ticket_id=OPEN))
    await told.command(a_command("status", "closed", at=CLOSED_AT))
    return told


async def chosen(told: RecordedHistory, at: datetime, limit: int = 10) -> list[str]:
    found = retirable(told.topics, {}, at, limit=limit)
    return [state.ticket.ticket_id async for state in found]


async def ordered(told: RecordedHistory) -> list[TicketCommand]:
    """The orders, decided as the lane does."""
    states = [state async for state in retirable(told.topics, {}, LONG_AFTER, limit=10)]
    told.topics.now = LONG_AFTER
    first = len(told.topics.log(TICKETS_COMMANDS.name))
    await order_retirement(told.topics, states, LONG_AFTER)
    written = told.topics.log(TICKETS_COMMANDS.name)[first:]
    commands = [TicketCommand.read(record.value or b"") for record in written]
    for number, command in enumerate(commands, first):
        await told.decide_command(command, number)
    return commands


@pytest.mark.parametrize(
    ("at", "found"), [(LONG_AFTER, [TICKET_ID]), (CLOSED_AT, [])], ids=["after", "before"]
)
async def test_tickets_that_are_closed_long_enough_are_chosen(
    history: RecordedHistory, at: datetime, found: list[str]
) -> None:
    """By the live policy."""
    assert found == await chosen(history, at)


async def test_no_more_are_chosen_than_wanted(history: RecordedHistory) -> None:
    """A first run over years of tickets need not be one."""
    closing = a_command("status", "closed", at=CLOSED_AT, ticket_id=OPEN, command_id="cmd-2")
    await history.command(closing)
    assert 1 == len(await chosen(history, LONG_AFTER, limit=1))


async def test_a_policy_that_keeps_all_is_said(history: RecordedHistory) -> None:
    """Instead of an empty list that looks like an answer."""
    await history.live()
    with pytest.raises(InvalidInput, match="retire_after"):
        await chosen(history, LONG_AFTER)


async def test_an_order_is_carried_out_once_and_history_still_holds(history: RecordedHistory) -> None:
    """`verify` decides the removal again; afterwards there is nothing left to choose."""
    [command] = await ordered(history)
    assert TICKET_ID == command.ticket_id
    assert [] == await chosen(history, LONG_AFTER)
    tombstone, mark = history.topics.log(TICKETS_STATE.name)[-2:]
    assert (TICKET_ID.encode(), None) == (tombstone.key, tombstone.value)
    assert (mark.key or b"").startswith(b"~")
    await history.command(command.model_copy(update={"command_id": "again"}))
    report = await verify(history.kept(EVERYTHING), await read_policies(history.topics), SIGNER)
    assert (True, 5, 5, []) == (report.holds, report.decisions, report.same, report.examples)


@pytest.mark.parametrize("is_removed", [False, True])
async def test_a_candidate_changes_nothing_of_a_removed_ticket(
    history: RecordedHistory, is_removed: bool
) -> None:
    """So `reroute` orders nothing that its lane could only refuse."""
    if is_removed:
        await ordered(history)
    report = await shadowed(history, forgetful(a_candidate(handler="eva")))
    assert 2 - is_removed == report.tickets


def view_of(outcome: BatchOutcome) -> dict[str, bytes | None]:
    """What the outcome writes to the view's topic."""
    records = [record for record in outcome.outputs if record.topic == TICKETS_STATE.name]
    assert {LANE} == {record.partition for record in records}
    return {(record.key or b"").decode(): record.value for record in records}


async def test_a_lane_removes_the_ticket_and_sends_its_late_mail_on(world: World) -> None:
    """In one transaction; in the batch that removes it, and in a later one."""
    policies = world.logic._needs.policies
    policies.current = as_version(forgetful(policies.current.policy))  # type: ignore[misc]
    inbound = an_example(topics.MAIL_INBOUND)
    ticket = inbound.ticket_id
    closing = a_command("status", "closed", at=inbound.received_at, ticket_id=ticket)
    order = a_command("retire", ticket_id=ticket, actor="stellwerk", command_id="retire-1")
    taken_ms = int((inbound.received_at + timedelta(days=60)).timestamp() * 1000)
    taken = a_record(TICKETS_COMMANDS.name, order, 8)._replace(timestamp_ms=taken_ms)
    await world.decide(a_record("mail.inbound", inbound, 1), a_record(TICKETS_COMMANDS.name, closing, 7))

    outcome = await world.decide(taken, a_record("mail.inbound", inbound, 2))
    later = await world.decide(a_record("mail.inbound", inbound, 3))

    assert view_of(outcome) == outcome.view
    assert {ticket, *retired_fields([ticket])} == outcome.view.keys()
    assert outcome.view[ticket] is None
    for each in (outcome, later):
        [sent_on] = [out for out in each.outputs if out.topic == topics.MAIL_FORWARDED.name]
        assert ticket.encode() != sent_on.key
