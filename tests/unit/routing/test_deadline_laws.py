"""Due times of tickets with a whole story, against counting minutes one by one (R21-R23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.policy import Policy
from schemas.ticket import TicketState
from tests.support.calendars import ALWAYS, MINUTE, OFFICE, a_calendar, slowly_open
from tests.support.routing_builders import a_command, a_mail, a_policy, a_ticket_state, commanded, decided
from workers.routing.calendar import LocalCalendar
from workers.routing.compiled_policy import CompiledPolicy, compile_policy

PROMISED = {"silver": {"respond": 4 * 60, "resolve": 20 * 60}, "gold": {"respond": 60, "resolve": 8 * 60}}
BREAKS = {"mon-thu": ["08:00-12:00", "13:00-17:00"], "fri-sun": ["22:00-24:00", "00:00-03:00"]}
PLACES = (
    (OFFICE, "Europe/Berlin"),
    (ALWAYS, "Europe/Berlin"),
    (BREAKS, "America/New_York"),
    (ALWAYS, "Australia/Lord_Howe"),
    (BREAKS, "Australia/Lord_Howe"),
    (BREAKS, "Africa/Casablanca"),
)
STARTS = tuple(
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((2, 13), (3, 6), (3, 20), (3, 27), (4, 3), (10, 2), (10, 23), (10, 30))
)
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)


@cache
def opens(place: int, start: datetime, minute: int) -> bool:
    """By the wall clock of the zone."""
    return slowly_open(start + minute * MINUTE, calendar_of(place))


@cache
def calendar_of(place: int) -> LocalCalendar:
    hours, zone = PLACES[place]
    return a_calendar(hours, zone)


@cache
def policy_of(place: int) -> CompiledPolicy:
    written = a_policy().policy.model_dump(mode="json")
    written["sla"]["calendars"] = {"office": calendar_of(place).calendar.model_dump(mode="json")}
    for name, promised in PROMISED.items():
        level = {"calendar": "office", **{f"{c}_within": f"PT{m}M" for c, m in promised.items()}}
        written["sla"]["contracts"]["premium"]["levels"][name] = level
    return compile_policy(Policy.model_validate(written), f"{place:064}")


@dataclass
class Model:
    """What anybody would write down of the story, in minutes since `start`."""

    place: int
    start: datetime
    opened: int
    level: str = "silver"
    status: str = "open"
    waited: list[tuple[int, int]] = field(default_factory=list)
    waits_since: int | None = None
    responded: bool = False

    def note(self, kind: str, value: str | None, minute: int) -> None:
        if kind == "responded":
            self.responded = True
        elif kind == "severity":
            self.level = {"critical": "gold", "normal": "silver"}[str(value)]
        else:
            self._becomes(str(value), minute)

    def due(self, clock: str) -> datetime | None:
        """None: stopped, or not known while it waits."""
        stopped = self.responded if clock == "respond" else self.status == "solved"
        if stopped or self.status == "waiting":
            return None
        left, minute = PROMISED[self.level][clock], self.opened
        while left:
            waits = any(begin <= minute < end for begin, end in self.waited)
            left -= opens(self.place, self.start, minute) and not waits
            minute += 1
        return self.start + minute * MINUTE

    def _becomes(self, status: str, minute: int) -> None:
        if self.waits_since is not None and status != "waiting":
            self.waited.append((self.waits_since, minute))
            self.waits_since = None
        if status == "waiting" and self.status != "waiting":
            self.waits_since = minute
        self.status = status


STEPS = st.tuples(
    st.sampled_from(
        [
            ("severity", "critical"),
            ("severity", "normal"),
            ("status", "waiting"),
            ("status", "open"),
            ("status", "solved"),
            ("responded", None),
            ("mail", None),
        ]
    ),
    st.integers(0, 30 * 60),
)


@settings(max_examples=60, deadline=None, phases=NO_SHRINKING, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, len(PLACES) - 1),
    st.sampled_from(STARTS),
    st.integers(0, 4 * 24 * 60),
    st.lists(STEPS, max_size=8),
)
def test_whatever_happens_to_a_ticket_its_due_times_are_those_of_counting_minutes(
    place: int, start: datetime, opened: int, story: Sequence[tuple[tuple[str, str | None], int]]
) -> None:
    """Counted from `opened_at`: waiting, levels up and down, answers, solving, reopening by hand and by mail."""
    policy, model, numbers = policy_of(place), Model(place, start, opened), count(2)
    state = a_ticket_state(a_mail(received_at=start + opened * MINUTE), policy=policy)
    minute = opened
    _agree(model, state)
    for (kind, value), later in story:
        minute += later
        at = start + minute * MINUTE
        if kind == "mail":
            state = _joined(state, next(numbers), at, policy)
            model.note("status", "open", minute)
        else:
            command = a_command(kind, value, at=at, command_id=f"c-{next(numbers)}")
            state = commanded(command, state, policy).state or state
            model.note(kind, value, minute)
        _agree(model, state)


def _joined(state: TicketState, number: int, at: datetime, policy: CompiledPolicy) -> TicketState:
    after = decided(a_mail(number, received_at=at), state, policy).state
    assert after is not None
    return after


def _agree(model: Model, state: TicketState) -> None:
    sla = state.ticket.sla
    assert sla is not None
    assert (model.due("respond"), model.due("resolve")) == (sla.respond_due_at, sla.resolve_due_at)
