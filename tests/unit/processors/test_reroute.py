"""Tickets that were routed wrongly are routed again, once."""

from datetime import timedelta

import pytest

from schemas.command import TicketCommand
from schemas.decision import RoutingDecision
from schemas.topics import ROUTING_DECISIONS, TICKETS_COMMANDS
from tests.support.builders import MAILBOX, TICKET_ID, a_directory, a_sender
from tests.support.recorded_history import RecordedHistory
from tests.support.routing_builders import (
    MONDAY_NINE,
    SIGNER,
    a_command,
    a_mail,
    a_policy,
    a_user,
    in_group,
    users,
)
from tests.unit.processors.test_shadow import HOUR, SECOND, a_candidate
from workers.processors.policy_archive import read_policies
from workers.processors.reroute import Plan, Rerouting, Run, plan_reroutings
from workers.processors.reroute_apply import Answers, answers_begin, take_answers, write_commands
from workers.processors.shadow import Shadow
from workers.processors.shadow_report import Selection, ShadowReport
from workers.processors.verify import verify
from workers.routing.directory_index import derive

LATER = MONDAY_NINE + 5 * HOUR
THIRD = "T-000000000003"
DRY = Run("dry", None, LATER)


@pytest.fixture
async def history() -> RecordedHistory:
    """petr's ticket and a stranger's, and then a policy that gives key accounts to Eva."""
    told = RecordedHistory()
    await told.live()
    await told.mail(a_mail(1))
    await told.mail(a_mail(2, ticket_id=SECOND, groups=()))
    await told.live(a_candidate(handler="eva"))
    return told


async def a_shadow(told: RecordedHistory, directory: dict[str, bytes] | None = None) -> Shadow:
    policies = await read_policies(told.topics)
    return Shadow(policies, told.policy, SIGNER, told.directory, {}, directory)


async def planned(
    told: RecordedHistory, selection: Selection | None = None, run: Run = DRY
) -> list[Rerouting]:
    report = ShadowReport(selection or Selection())
    return [each async for each in plan_reroutings(await a_shadow(told), told.kept(), report, run)]


async def plan_of(told: RecordedHistory, run_id: str = "run") -> Plan:
    plan = Plan({})
    for rerouting in await planned(told, run=Run(run_id, "petr", LATER)):
        plan.add(rerouting)
    return plan


async def applied(told: RecordedHistory, run_id: str = "run", per_second: int = 100) -> list[float]:
    """Plan and write; the pauses between."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    plan = await plan_of(told, run_id)
    await write_commands(plan.commands, told.topics, per_second=per_second, pause=pause)
    return pauses


async def decide_written(told: RecordedHistory, begin: int = 0) -> list[str]:
    """What the lane makes of the commands that were written from `begin` on: their reasons."""
    reasons = []
    for offset, record in enumerate(told.topics.log(TICKETS_COMMANDS.name)):
        if offset >= begin:
            command = TicketCommand.read(record.value or b"")
            reasons.append((await told.decide_command(command, offset)).result.reason)
    return reasons


async def test_only_tickets_that_change_are_rerouted(history: RecordedHistory) -> None:
    """R11: the others get no command."""
    [found] = await planned(history)
    assert (TICKET_ID, "eva", {"handler": "group:key-accounts"}) == (
        found.command.ticket_id,
        found.command.value["handler"],
        found.command.value["sources"],
    )


async def test_a_ticket_that_a_follow_up_handed_over_stays_where_it_is(history: RecordedHistory) -> None:
    """R11: its first mail alone would give it back."""
    await history.mail(a_mail(3, groups=(in_group("retail"),), received_at=MONDAY_NINE + HOUR))
    await history.live(a_candidate(handler="jana"))
    assert [] == [found for found in await planned(history) if "handler" in found.command.value]


async def test_running_it_twice_changes_nothing(history: RecordedHistory) -> None:
    """The second run finds nothing to do."""
    await applied(history)
    assert 1 == len(await decide_written(history))
    assert "eva" == history.states[TICKET_ID].ticket.handler
    before = history.states[TICKET_ID]

    await applied(history)

    assert 1 == len(history.topics.log(TICKETS_COMMANDS.name))
    assert before == history.states[TICKET_ID]


async def test_a_run_that_was_killed_writes_the_same_commands_again(history: RecordedHistory) -> None:
    """Before they were decided: each is applied once."""
    await applied(history)
    await applied(history)

    reasons = await decide_written(history)

    assert 2 == len(reasons)
    assert "applied already" == reasons[1]
    assert 2 == history.states[TICKET_ID].ticket.revision


async def test_another_run_may_change_it_back(history: RecordedHistory) -> None:
    """To and fro under other activations: ids are made of what is changed, too."""
    await applied(history, "one")
    await decide_written(history)
    await history.live(a_candidate(handler="petr"))
    await applied(history, "two")
    await decide_written(history, begin=1)
    assert ("petr", 3) == (
        history.states[TICKET_ID].ticket.handler,
        history.states[TICKET_ID].ticket.revision,
    )


async def test_what_a_person_set_stays(history: RecordedHistory) -> None:
    """R23: no command at all."""
    await history.command(a_command("assign", "jana", at=MONDAY_NINE + HOUR))
    assert [] == await planned(history)


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        (Selection(group="key-accounts"), 1),
        (Selection(group="retail"), 0),
        (Selection(opened_since=MONDAY_NINE + HOUR), 0),
        (Selection(opened_until=MONDAY_NINE + HOUR), 1),
    ],
)
async def test_a_selection_is_kept(history: RecordedHistory, selection: Selection, count: int) -> None:
    """By group, and by when a ticket was opened."""
    assert count == len(await planned(history, selection))


async def test_the_rate_is_kept(history: RecordedHistory) -> None:
    """A pause after as many commands as a second may have."""
    assert [1.0] == await applied(history, per_second=1)


async def answers(told: RecordedHistory, plan: Plan) -> Answers:
    """Written, decided by the lane, and taken."""
    start = await answers_begin(told.topics)
    await write_commands(plan.commands, told.topics, per_second=100)
    await decide_written(told)
    return await take_answers(told.topics, plan.commands, start, timedelta(seconds=1))


async def test_the_answers_are_taken(history: RecordedHistory) -> None:
    """And none is left to wait for."""
    plan = await plan_of(history)
    assert Answers(accepted=1) == await answers(history, plan)
    assert {} == plan.commands


async def test_a_ticket_that_live_mail_changed_meanwhile_is_not_overwritten(history: RecordedHistory) -> None:
    """R11: the follow-up of another group handed it over after the plan was made; it is planned again."""
    await history.live(a_candidate(handler="eva", user_group="support"))
    plan = await plan_of(history)
    await history.mail(a_mail(3, received_at=LATER))

    found = await answers(history, plan)

    assert (0, {TICKET_ID}) == (found.accepted, found.moved_on)
    assert "eva" == history.states[TICKET_ID].ticket.handler  # by the follow-up
    again = await plan_of(history)
    assert not set(plan.commands) & set(again.commands)


async def test_a_plan_says_what_its_actor_may_not_do() -> None:
    """P4: petr lost the area, so the lane would refuse him."""
    told = RecordedHistory(users(a_user("petr", areas={"helpdesk": ("reader",)})))
    await told.live()
    await told.mail(a_mail(1))
    await told.live(a_candidate(handler="eva"))

    plan = await plan_of(told)

    assert ({}, {"petr lacks areas:key-helpdesk": 1}) == (plan.commands, dict(plan.refused))
    assert [None] == [each.refused for each in await planned(told)]


async def test_a_plan_says_which_messages_nobody_could_read_any_more() -> None:
    """P4: nobody has both areas."""
    told = RecordedHistory({"petr": a_user("petr", areas={"key-helpdesk": ("actor",)})})
    await told.live()
    await told.mail(a_mail(1))
    await told.live(a_candidate(area="sales"))
    assert (1, {}) == ((plan := await plan_of(told)).shut_out, dict(plan.refused))


async def test_messages_of_strangers_require_the_book_that_now_is_theirs(history: RecordedHistory) -> None:
    """P4 R43: their messages get one tag revision more, beside what they required; the receipt says so."""
    stranger = a_sender(contact_id=None, company_id=None, address_books=(), matched_by="none")
    await history.mail(a_mail(4, ticket_id=THIRD, sender=stranger, groups=()))
    live = a_policy(unknown_senders={"address_book": "board"}).policy
    await history.live(live)

    [found] = [each for each in await planned(history) if each.command.ticket_id == THIRD]
    await applied(history)
    await decide_written(history)

    state = history.states[THIRD]
    assert (1, ("board", "inbox")) == (found.retagged, state.ticket.requires.address_books)
    assert [(2, ("board", "inbox"))] == [(t.tag_revision, t.requires.address_books) for t in state.messages]
    assert [] == await planned(history)
    receipt = RoutingDecision.read(history.topics.log(ROUTING_DECISIONS.name)[-1].value or b"")
    looked = {(each.candidate, each.why) for each in receipt.steps[-1].looked_at}
    assert ("ticket", "requires also address_books:board") in looked
    assert (f"delivery:{4:032x}", "requires also address_books:board, tag revision 2") in looked
    verified = await verify(history.kept(), await read_policies(history.topics), SIGNER)
    assert (True, verified.decisions) == (verified.holds, verified.same)


async def test_a_company_that_was_in_no_group_is_rerouted_by_the_directory_of_now() -> None:
    """R10: the mails were recorded without the group."""
    told = RecordedHistory()
    await told.live()
    await told.mail(a_mail(1, groups=()))
    assert told.states[TICKET_ID].ticket.handler is None
    index = derive({entity.key: entity.write() for entity in a_directory().entities()})

    plan = plan_reroutings(await a_shadow(told, index), told.kept(), ShadowReport(), DRY)
    [found] = [each async for each in plan]

    value = found.command.value
    assert ("petr", ["key-accounts"]) == (value["handler"], value["groups"])


async def test_tickets_of_a_mailbox_with_the_wrong_process_get_the_right_one() -> None:
    """R13: with its area; requirements are only added to (P4)."""
    told = RecordedHistory()
    wrong = a_policy().policy
    boxes = {**wrong.mailboxes, MAILBOX: wrong.mailboxes[MAILBOX].model_copy(update={"process": "ordering"})}
    await told.live(wrong.model_copy(update={"mailboxes": boxes}))
    await told.mail(a_mail(1, groups=()))
    await told.live(wrong)

    await applied(told)
    await decide_written(told)

    ticket = told.states[TICKET_ID].ticket
    assert ("helpdesk", "helpdesk", "reroute") == (ticket.process, ticket.area, ticket.cause.kind)
    assert ("helpdesk", "sales") == ticket.requires.areas
    assert [] == await planned(told)
