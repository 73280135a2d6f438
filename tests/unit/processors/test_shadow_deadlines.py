"""Which due times of open tickets a candidate moves, and that re-routing moves them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from schemas.command import TicketCommand
from schemas.policy import Policy
from tests.support.builders import TICKET_ID
from tests.support.fakes import FakeCommandLog
from tests.support.other_policies import with_hours, with_level
from tests.support.recorded_history import RecordedHistory
from tests.support.routing_builders import MONDAY_NINE, SIGNER, a_command, a_mail, a_policy
from workers.processors.broker_time import BrokerTime
from workers.processors.clock import ClockDependencies, ClockLogic
from workers.processors.deadline_report import LISTED, DeadlineReport
from workers.processors.policy_archive import read_policies
from workers.processors.shadow import Shadow
from workers.processors.shadow_deadlines import ShadowDeadlines
from workers.processors.shadow_report import Selection, ShadowReport
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.deadline_moves import DeadlineMove
from workers.routing.policy_version import as_version, version_of
from workers.routing.rerouting import deadlines_value
from workers.routing.view_changes import Sight

SECOND, THIRD = "T-000000000002", "T-000000000003"
HOUR = timedelta(hours=1)
NOON = MONDAY_NINE + 3 * HOUR
QUICKER = with_level(respond_within="PT2H")
LATE_SHIFT = with_hours(week=[((9 * 60, 20 * 60),)] * 5 + [()] * 2)


@pytest.fixture
async def history() -> RecordedHistory:
    """Silver tickets of Monday 9:00 and 10:30: due at 13:00 and 14:30, and on Thursday. One is nobody's group."""
    told = RecordedHistory()
    await told.live()
    await told.mail(a_mail(1))
    await told.mail(a_mail(2, ticket_id=SECOND, received_at=MONDAY_NINE + 1.5 * HOUR))
    await told.mail(a_mail(3, ticket_id=THIRD, groups=()))
    return told


async def tried(
    told: RecordedHistory, candidate: Policy, now: datetime = NOON, selection: Selection | None = None
) -> tuple[ShadowReport, DeadlineReport]:
    compiled = compile_policy(candidate, version_of(candidate))
    shadow = Shadow(await read_policies(told.topics), compiled, SIGNER, told.directory, {})
    report, deadlines = ShadowReport(selection or Selection()), DeadlineReport(now)
    due = ShadowDeadlines(compiled, {}, {})
    async for ticket_id, outcomes in shadow.cast(told.kept(), report):
        report.add(ticket_id, outcomes, Sight(told.directory))
        due.note(ticket_id, outcomes)
    await due.look(told.topics, report, deadlines)
    return report, deadlines


def moves(report: DeadlineReport) -> list[tuple[str, str, datetime | None, datetime | None]]:
    return [(move.ticket_id, move.clock, move.before, move.after) for move in report.listed]


async def test_a_policy_with_the_same_promises_moves_nothing(history: RecordedHistory) -> None:
    """Of all open tickets that were looked at, those without an SLA too."""
    same = a_policy().policy.model_copy(update={"free_mail_domains": ("gmail.test",)})
    report, found = await tried(history, same)
    assert (3, 0, [], 0) == (found.looked_at, found.tickets, moves(found), report.tickets)


async def test_a_quicker_promise_moves_due_times_and_breaches_what_is_past_it(
    history: RecordedHistory,
) -> None:
    """R23: from 13:00 to 11:00 and from 14:30 to 12:30; it is noon."""
    report, found = await tried(history, QUICKER)
    assert [
        (TICKET_ID, "respond", MONDAY_NINE + 4 * HOUR, MONDAY_NINE + 2 * HOUR),
        (SECOND, "respond", MONDAY_NINE + 5.5 * HOUR, MONDAY_NINE + 3.5 * HOUR),
    ] == moves(found)
    assert (2, 0, 1, 0) == (found.earlier, found.later, found.breached_at_once, found.no_longer_breached)
    assert 2 == report.tickets


async def test_a_longer_day_moves_days_and_hours_by_the_calendar(history: RecordedHistory) -> None:
    """R21: what was opened in the evening is due on the same day; what was overdue no longer is."""
    await history.mail(
        a_mail(4, ticket_id="T-000000000004", received_at=datetime(2026, 3, 2, 15, tzinfo=UTC))
    )
    _, found = await tried(history, LATE_SHIFT, now=datetime(2026, 3, 3, 12, tzinfo=UTC))
    assert [
        (
            "T-000000000004",
            "respond",
            datetime(2026, 3, 3, 11, tzinfo=UTC),
            datetime(2026, 3, 2, 19, tzinfo=UTC),
        )
    ] == moves(found)
    _, back = await tried(
        history, with_level(respond_within="PT20H"), now=datetime(2026, 3, 3, 12, tzinfo=UTC)
    )
    assert (3, 0, 3) == (back.later, back.breached_at_once, back.no_longer_breached)


async def test_pauses_are_kept_and_who_waits_has_nothing_to_move(history: RecordedHistory) -> None:
    """R21: an hour of waiting is an hour more under the candidate, too."""
    await history.command(a_command("status", "waiting", at=MONDAY_NINE + HOUR))
    assert [SECOND] == [ticket for ticket, *_ in moves((await tried(history, QUICKER))[1])]
    await history.command(a_command("status", "open", at=MONDAY_NINE + 2 * HOUR, command_id="c-2"))
    assert (TICKET_ID, "respond", MONDAY_NINE + 5 * HOUR, MONDAY_NINE + 3 * HOUR) in moves(
        (await tried(history, QUICKER))[1]
    )


async def test_closed_tickets_and_stopped_clocks_do_not_count(history: RecordedHistory) -> None:
    """What was answered is no longer due."""
    await history.command(a_command("responded", at=MONDAY_NINE + HOUR))
    await history.command(
        a_command("status", "closed", ticket_id=SECOND, at=MONDAY_NINE + 2 * HOUR, command_id="c-2")
    )
    _, found = await tried(history, QUICKER)
    assert (2, 0) == (found.looked_at, found.tickets)


async def test_the_level_that_the_candidate_would_give_counts(history: RecordedHistory) -> None:
    """R20: gold of key accounts promises one hour; a level that a person set stays."""
    await history.command(a_command("severity", "normal", ticket_id=SECOND, at=MONDAY_NINE + 2 * HOUR))
    groups = a_policy().policy.model_dump(mode="json")["groups"]
    groups["key-accounts"]["sla"]["default_level"] = "gold"
    report, found = await tried(history, a_policy(groups=groups).policy)
    assert [
        (TICKET_ID, "respond", MONDAY_NINE + 4 * HOUR, MONDAY_NINE + HOUR),
        (TICKET_ID, "resolve", datetime(2026, 3, 5, 9, tzinfo=UTC), MONDAY_NINE + 8 * HOUR),
    ] == moves(found)
    assert (1, 2) == (report.tickets, found.earlier)


async def test_a_promise_that_is_given_up_ends_and_a_new_one_begins(history: RecordedHistory) -> None:
    """Only open tickets with an SLA have any."""
    _, ended = await tried(history, with_level(respond_within=None))
    assert (2, None) == (ended.end, ended.listed[0].after)
    await history.live(with_level(respond_within=None))
    await history.mail(a_mail(5, ticket_id="T-000000000005"))
    _, begun = await tried(history, a_policy().policy)
    assert 1 == begun.begin


async def test_tickets_from_before_the_period_are_looked_at_and_selections_hold(
    history: RecordedHistory,
) -> None:
    """By state as it stands: no decision of the period names them."""
    _, found = await tried(history, QUICKER, selection=Selection(group="retail"))
    assert (0, 0) == (found.looked_at, found.tickets)
    history.topics.log("routing.decisions").clear()
    report, found = await tried(history, QUICKER)
    assert (0, 2, 2) == (report.decisions, report.tickets, found.tickets)


async def test_rerouting_moves_them_with_one_revision_and_tells_it(history: RecordedHistory) -> None:
    """R23: also of a level that a person set; `level-changed`, pauses kept, and nothing left to move after it."""
    await history.command(a_command("severity", "normal", at=MONDAY_NINE + HOUR))
    live = await history.live(QUICKER)
    told = [kind for state_id in (TICKET_ID, SECOND) for kind in await rerouted(history, state_id, live)]
    assert ["level-changed"] * 2 == told
    sla = history.states[TICKET_ID].ticket.sla
    assert sla is not None
    assert ("silver", "normal", MONDAY_NINE + 2 * HOUR) == (sla.level, sla.severity, sla.respond_due_at)
    assert "sla" in history.states[TICKET_ID].ticket.changed
    assert "reroute" == history.states[TICKET_ID].ticket.cause.kind
    assert [] == moves((await tried(history, QUICKER))[1])
    assert deadlines_value(history.states[TICKET_ID], live) is None


async def test_what_was_breached_is_watched_for_its_new_due_time(history: RecordedHistory) -> None:
    """Each event once per ticket, clock and due time: the clock's entries follow, the old ones go."""
    breach = {"kind": "breached", "clock": "respond", "due_at": (MONDAY_NINE + 4 * HOUR).isoformat()}
    tick = a_command("clock", breach, actor="stellwerk", at=MONDAY_NINE + 4 * HOUR, command_id="t")
    assert (await history.command(tick)).result.accepted
    live = await history.live(with_level(respond_within="PT6H"))
    await rerouted(history, TICKET_ID, live)

    assert () == history.states[TICKET_ID].clock.breached
    clock = await a_clock(history)
    due_at = "2026-03-02T15:00:00Z"
    expected = {f"{TICKET_ID}|{kind}|respond|{due_at}" for kind in ("warned", "breached")}
    assert expected == {
        entry for entry in clock.entries() if f"{TICKET_ID}|" in entry and "|respond|" in entry
    }


async def test_what_is_past_its_new_due_time_is_breached_at_once_and_late(history: RecordedHistory) -> None:
    """By the tick that the clock sends when it sees the new state."""
    live = await history.live(QUICKER)
    await rerouted(history, TICKET_ID, live)
    clock = await a_clock(history)
    [entry] = [
        entry
        for entry, at in clock.entries().items()
        if "breached|respond" in entry and at < NOON.timestamp() * 1000
    ]
    _, _, _, due_at = entry.split("|")
    breach = {"kind": "breached", "clock": "respond", "due_at": due_at}
    done = await history.command(a_command("clock", breach, actor="stellwerk", at=NOON, command_id=entry))
    assert [("breached", True)] == [(event.kind, event.late) for event in done.sla_events]


def test_the_list_is_bounded_and_holds_the_most_urgent() -> None:
    """Memory does not grow with tickets."""
    report = DeadlineReport(NOON)
    for number in range(LISTED + 50, 0, -1):
        report.add([DeadlineMove(f"T-{number}", "respond", NOON, NOON + number * HOUR)])
    report.add([DeadlineMove("T-none", "respond", NOON, None)])
    assert (LISTED, "T-1", f"T-{LISTED}") == (
        len(report.listed),
        report.listed[0].ticket_id,
        report.listed[-1].ticket_id,
    )
    assert (LISTED + 51, LISTED + 50, 1) == (report.tickets, report.later, report.end)


async def rerouted(told: RecordedHistory, ticket_id: str, live: CompiledPolicy) -> Sequence[str]:
    """Kinds of the SLA events of a re-routing by due times alone."""
    value = deadlines_value(told.states[ticket_id], live)
    command = TicketCommand(
        command_id=f"r-{ticket_id}", ticket_id=ticket_id, kind="reroute", actor="petr", at=NOON, value=value
    )
    done = await told.command(command)
    assert done.result.accepted, done.result.reason
    return [event.kind for event in done.sla_events]


class _Policies:
    def __init__(self, policy: Policy) -> None:
        self.current = as_version(policy)

    async def refresh(self) -> None:
        """It is live already."""


async def a_clock(told: RecordedHistory) -> ClockLogic:
    """What the clock service would keep of the tickets as they stand."""
    commands = FakeCommandLog(lambda: told.topics.now)
    logic = ClockLogic(
        ClockDependencies(_Policies(told.policy.policy), commands, BrokerTime(lambda: told.topics.now))
    )
    await logic.acquire()
    for ticket_id, state in told.states.items():
        logic.apply(ticket_id, state.write())
    return logic
