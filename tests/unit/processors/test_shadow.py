"""What a candidate policy would have changed."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.policy import Policy
from tests.support.builders import TICKET_ID
from tests.support.recorded_history import RecordedHistory
from tests.support.routing_builders import (
    MONDAY_NINE,
    ORDERS,
    SIGNER,
    a_command,
    a_mail,
    a_policy,
    a_user,
    in_group,
    users,
)
from workers.processors.policy_archive import read_policies
from workers.processors.shadow import Shadow
from workers.processors.shadow_report import Selection, ShadowReport
from workers.routing.compiled_policy import compile_policy
from workers.routing.policy_version import version_of
from workers.routing.view_changes import Sight

SECOND = "T-000000000002"
HOUR = timedelta(hours=1)
ALL = Selection()


def a_candidate(**row: str) -> Policy:
    """The usual policy, with another row of key accounts for the helpdesk."""
    policy = a_policy().policy
    group = policy.groups["key-accounts"]
    changed = group.processes["helpdesk"].model_copy(update=row)
    rows = {**group.processes, "helpdesk": changed}
    groups = {**policy.groups, "key-accounts": group.model_copy(update={"processes": rows})}
    return policy.model_copy(update={"groups": groups})


@pytest.fixture
async def history() -> RecordedHistory:
    """A ticket of key accounts with a follow-up, and one of nobody's group."""
    told = RecordedHistory(users(a_user("olga", user_groups=("support",))))
    await told.live()
    await told.mail(a_mail(1))
    await told.mail(a_mail(2, received_at=MONDAY_NINE + HOUR))
    await told.mail(a_mail(3, ticket_id=SECOND, groups=(), received_at=MONDAY_NINE + HOUR))
    return told


async def shadowed(told: RecordedHistory, candidate: Policy, selection: Selection = ALL) -> ShadowReport:
    compiled = compile_policy(candidate, version_of(candidate))
    shadow = Shadow(await read_policies(told.topics), compiled, SIGNER, told.directory, {})
    report = ShadowReport(selection)
    async for ticket_id, outcomes in shadow.cast(told.kept(), report):
        report.add(ticket_id, outcomes, Sight(told.directory))
    return report


def changes(report: ShadowReport) -> dict[str, tuple[str, str, int]]:
    return {c.field: (c.before, c.after, count) for c, count in report.changes.items()}


async def test_the_live_policy_changes_nothing(history: RecordedHistory) -> None:
    """Nor does a policy that only says the same in other words."""
    same = a_policy().policy
    other = same.model_copy(update={"free_mail_domains": ("gmail.test",)})
    for candidate in (same, other):
        report = await shadowed(history, candidate)
        assert (3, 0, 0, 0) == (
            report.decisions,
            report.tickets,
            report.newly_readable,
            report.not_repeatable,
        )


async def test_another_handler_is_counted_once_a_ticket(history: RecordedHistory) -> None:
    """R11: the follow-up agrees with the first mail."""
    report = await shadowed(history, a_candidate(handler="eva"))
    assert (1, {"handler": ("petr", "eva", 1)}) == (report.tickets, changes(report))


async def test_what_a_person_set_is_no_change(history: RecordedHistory) -> None:
    """R23: the command would have been given under the candidate too."""
    await history.command(a_command("assign", "jana", at=MONDAY_NINE + 2 * HOUR))
    report = await shadowed(history, a_candidate(handler="eva"))
    assert (0, {}) == (report.tickets, changes(report))


async def test_a_wider_user_group_shows_the_messages_to_more_people(history: RecordedHistory) -> None:
    """P4: olga is no member of second-level, but of support; each message counts."""
    report = await shadowed(history, a_candidate(user_group="support"))
    assert ({"olga": 2}, 2, 0) == (dict(report.gains), report.newly_readable, report.no_longer_readable)
    assert [{"user": "olga", "contact_id": "p-jan", "messages": 2}] == report.as_json()["newly_readable_of"]
    assert ("second-level", "support", 1) == changes(report)["requires.user_groups"]


async def test_a_narrower_one_hides_and_shows_nothing(history: RecordedHistory) -> None:
    """The tickets of support go to a group where olga is not."""
    policy = a_policy().policy
    boxes = {
        name: box.model_copy(update={"user_group": "second-level"} if box.user_group == "support" else {})
        for name, box in policy.mailboxes.items()
    }
    report = await shadowed(history, policy.model_copy(update={"mailboxes": boxes}))
    assert (0, 1) == (report.newly_readable, report.no_longer_readable)


async def test_a_ticket_that_loses_its_handler_is_counted(history: RecordedHistory) -> None:
    """R16: nobody else would pick it up."""
    report = await shadowed(history, a_policy(groups={}).policy)
    assert (1, "-") == (report.unassigned, changes(report)["handler"][1])


async def test_a_mailbox_that_the_candidate_forgot_opens_no_ticket(history: RecordedHistory) -> None:
    """It would be set aside until the mailbox is back."""
    kept = {name: box for name, box in a_policy().policy.mailboxes.items() if name == ORDERS}
    report = await shadowed(history, a_policy().policy.model_copy(update={"mailboxes": kept}))
    assert (2, {"ticket": ("ticket", "no ticket", 2)}) == (report.tickets, changes(report))


@pytest.mark.parametrize(
    ("selection", "tickets"),
    [
        (Selection(group="key-accounts"), 1),
        (Selection(group="retail"), 0),
        (Selection(mailbox="support@acme.example"), 2),
        (Selection(mailbox=ORDERS), 0),
    ],
)
async def test_only_selected_tickets_are_counted(
    history: RecordedHistory, selection: Selection, tickets: int
) -> None:
    """By mailbox and by group."""
    candidate = a_policy(
        processes={"helpdesk": {"default_area": "sales", "sla": False}, "ordering": {"default_area": "sales"}}
    )
    assert tickets == (await shadowed(history, candidate.policy, selection)).tickets


async def test_a_ticket_rerouted_to_the_candidate_has_converged(history: RecordedHistory) -> None:
    """What stands in the end is compared, not the way there."""
    candidate = a_candidate(handler="eva")
    live = await history.live(candidate)
    value: dict[str, Any] = {"handler": "eva", "sources": {"handler": "group:key-accounts"}}
    value["policy_version"] = live.version
    done = await history.command(a_command("reroute", value, at=MONDAY_NINE + 3 * HOUR))
    assert done.result.accepted
    assert in_group("key-accounts") in a_mail(1).groups

    assert 0 == (await shadowed(history, candidate)).tickets


async def test_a_rerouted_ticket_hides_no_less_under_the_policy_that_it_was_rerouted_to(
    history: RecordedHistory,
) -> None:
    """P4: what the re-routing could not take away is no change of that policy, and nobody newly reads it."""
    candidate = a_candidate(user_group="support", area="sales")
    live = await history.live(candidate)
    row = {"user_group": "support", "area": "sales"}
    value = {**row, "sources": dict.fromkeys(row, "group:key-accounts"), "policy_version": live.version}
    done = await history.command(a_command("reroute", value, at=MONDAY_NINE + 3 * HOUR))
    assert done.result.accepted, done.result.reason
    assert ("second-level", "support") == history.states[TICKET_ID].ticket.requires.user_groups

    same = await shadowed(history, candidate)
    wider = await shadowed(history, a_policy(groups={}).policy)

    assert (0, {}, 0) == (same.tickets, changes(same), same.newly_readable)
    assert ("key-helpdesk sales", "helpdesk key-helpdesk", 1) == changes(wider)["requires.areas"]
