"""The SLA clock on fakes: what it keeps, what it sends, and what it learns of the broker's time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.command import TicketCommand
from schemas.policy_events import PolicyVersion
from schemas.ticket import TicketState
from tests.support.builders import TICKET_ID
from tests.support.fakes import FakeCommandLog
from tests.support.routing_builders import MONDAY_NINE, a_command, a_policy, a_ticket_state, applied
from workers.errors import DependencyUnavailable
from workers.processors.broker_time import BrokerTime
from workers.processors.clock import ClockDependencies, ClockLogic
from workers.routing.policy_version import as_version

HOUR = timedelta(hours=1)
RESPOND_AT = MONDAY_NINE + 4 * HOUR
WARNED = f"{TICKET_ID}|warned|respond|2026-03-02T13:00:00Z"
BREACHED = f"{TICKET_ID}|breached|respond|2026-03-02T13:00:00Z"


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


class _Policies:
    def __init__(self) -> None:
        self.current: PolicyVersion = as_version(a_policy().policy)

    async def refresh(self) -> None:
        """It is live already."""


class World:
    """The broker's clock is `behind` ours; an acknowledgement takes no time."""

    def __init__(self) -> None:
        self.now = MONDAY_NINE
        self.behind = timedelta(0)
        self.policies, self.commands = _Policies(), FakeCommandLog(lambda: self.now - self.behind)
        time = BrokerTime(lambda: self.now)
        self.logic = ClockLogic(ClockDependencies(self.policies, self.commands, time))

    def see(self, state: TicketState | None) -> None:
        self.logic.apply(TICKET_ID, None if state is None else state.write())

    def sent(self) -> list[TicketCommand]:
        return [TicketCommand.read(record.value or b"") for record in self.commands.records]


@pytest.fixture
async def world() -> World:
    made = World()
    await made.logic.acquire()
    return made


def test_each_tick_of_a_ticket_is_an_entry_with_its_time(world: World) -> None:
    """Both clocks, warning and breach; the same as changes and as a whole."""
    world.see(a_ticket_state())
    changes = world.logic.changes()
    assert changes == world.logic.entries()
    assert (ms(RESPOND_AT - HOUR), ms(RESPOND_AT), 4) == (changes[WARNED], changes[BREACHED], len(changes))
    assert {} == world.logic.changes()


def test_a_due_time_that_moves_takes_its_old_entries_along(world: World) -> None:
    """Another level; then the ticket waits, and nothing is due."""
    state = a_ticket_state()
    world.see(state)
    world.logic.changes()
    _, gold, _ = applied(a_command("severity", "critical"), state)
    world.see(gold)
    changes = world.logic.changes()
    assert (None, None) == (changes[WARNED], changes[BREACHED])
    assert {entry: at for entry, at in changes.items() if at} == world.logic.entries()
    _, waiting, _ = applied(a_command("status", "waiting", command_id="c-2"), gold)
    world.see(waiting)
    assert {} == world.logic.entries()
    assert {None} == set(world.logic.changes().values())


def test_a_ticket_that_is_gone_and_what_is_no_ticket_leave_nothing(world: World) -> None:
    """Tombstones, and the lane's own memory beside the tickets."""
    world.see(a_ticket_state())
    world.see(None)
    world.logic.apply("~repairs", b"[]")
    assert {} == world.logic.entries()


def test_a_state_that_cannot_be_read_stops_no_other_ticket(world: World) -> None:
    """It is logged; what was known of the ticket is not due any more."""
    world.see(a_ticket_state())
    world.logic.apply("T-000000000002", a_ticket_state().write())
    world.logic.apply(TICKET_ID, b'{"ticket": "?"}')
    assert {"T-000000000002"} == {entry.partition("|")[0] for entry in world.logic.entries()}


async def test_a_tick_is_a_command_to_its_ticket_that_is_always_the_same_one(world: World) -> None:
    """The id is the entry: sent twice, it is one command, sent by two owners too."""
    world.see(a_ticket_state())
    world.now = RESPOND_AT
    for _ in range(2):
        await world.logic.fire([BREACHED])
    first, second = world.sent()
    assert first == second
    assert (BREACHED, TICKET_ID, "clock", "stellwerk") == (
        first.command_id,
        first.ticket_id,
        first.kind,
        first.actor,
    )
    assert {"kind": "breached", "clock": "respond", "due_at": "2026-03-02T13:00:00Z"} == first.value
    assert TICKET_ID.encode() == world.commands.records[0].key


async def test_what_is_not_answered_is_sent_again_later_and_later(world: World) -> None:
    """5 s, 10 s, 20 s, … until the ticket's state says that it is told."""
    world.see(a_ticket_state())
    world.now = RESPOND_AT
    waits = [(await world.logic.fire([BREACHED]))[BREACHED] - ms(RESPOND_AT) for _ in range(8)]
    assert [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000] == waits


async def test_an_entry_that_nobody_waits_for_any_more_is_not_sent(world: World) -> None:
    """The schedule may be older than the topic for a moment."""
    world.see(a_ticket_state())
    assert {} == await world.logic.fire(["T-000000000000|breached|respond|2026-03-02T13:00:00Z", "nonsense"])
    assert [] == world.sent()


async def test_a_clock_that_is_ahead_of_the_broker_learns_it_from_the_first_answer(world: World) -> None:
    """The tick that was early comes again right at its time; those after it are not early any more."""
    world.see(a_ticket_state())
    world.behind = timedelta(seconds=30)
    world.now = RESPOND_AT
    again = await world.logic.fire([BREACHED])
    assert ms(RESPOND_AT) == again[BREACHED]
    assert ms(RESPOND_AT) - 30_000 <= world.logic.now_ms() <= ms(RESPOND_AT) - 29_999


@pytest.mark.parametrize("behind_ms", [0, 300, 30_000, 86_400_000])
async def test_a_clock_that_is_behind_the_broker_learns_it_from_what_it_reads(
    world: World, behind_ms: int
) -> None:
    """Each ticket's state says when the broker took it: what is due then is not late by the difference."""
    world.see(a_ticket_state())
    world.logic.saw(ms(MONDAY_NINE) + behind_ms)
    assert ms(MONDAY_NINE) + behind_ms == world.logic.now_ms()
    world.logic.saw(ms(MONDAY_NINE) - 5_000)
    assert ms(MONDAY_NINE) + behind_ms == world.logic.now_ms(), "an older record says nothing new"


async def test_without_a_broker_nothing_is_taken_for_sent(world: World) -> None:
    """The lane waits and starts over."""
    world.see(a_ticket_state())
    world.commands.down = True
    with pytest.raises(DependencyUnavailable):
        await world.logic.fire([BREACHED])


async def test_another_policy_moves_the_warnings_of_all_tickets(world: World) -> None:
    """All is read again then. Due times stay until the ticket is decided again."""
    live = a_policy().policy
    world.policies.current = as_version(live.model_copy(update={"free_mail_domains": ("gmail.test",)}))
    assert world.logic.is_current()
    silver = live.sla.contracts["premium"].levels["silver"].model_copy(update={"warn_before": "PT2H"})
    premium = live.sla.contracts["premium"].model_copy(update={"levels": {"silver": silver}})
    sla = live.sla.model_copy(update={"contracts": {"premium": premium}})
    world.policies.current = as_version(live.model_copy(update={"sla": sla}))
    assert not world.logic.is_current()
    await world.logic.acquire()
    world.see(a_ticket_state())
    found = world.logic.entries()
    assert (ms(RESPOND_AT - 2 * HOUR), ms(RESPOND_AT)) == (found[WARNED], found[BREACHED])


@settings(max_examples=60, deadline=None)
@given(
    st.timedeltas(-timedelta(days=1), timedelta(days=1)),
    st.lists(st.tuples(*[st.timedeltas(timedelta(0), timedelta(seconds=5))] * 2), min_size=1, max_size=5),
)
def test_the_brokers_time_is_known_to_the_length_of_the_shortest_answer(
    ahead: timedelta, answers: list[tuple[timedelta, timedelta]]
) -> None:
    """Whatever the difference, and however long records and acknowledgements take."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    time = BrokerTime(lambda: now)
    for there, back in answers:
        time.saw(now - ahead - back)
        taken_at = now - ahead + there
        taken_at -= timedelta(microseconds=taken_at.microsecond % 1000)
        time.learn(now, taken_at, now + there + back)
    shortest = min(there + back for there, back in answers) + timedelta(milliseconds=1)
    assert abs(time.now() - (now - ahead)) <= shortest
