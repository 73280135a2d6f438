"""When a ticket's SLA becomes due. Always counted from `opened_at`, longer by the open time of pauses (R21-R23)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from schemas.durations import parse_duration
from schemas.ticket import Sla, SlaClock, Told
from schemas.unchecked import unchecked
from workers.routing.business_time import add_open_time, due_at, open_time_between
from workers.routing.calendar import LocalCalendar
from workers.routing.compiled_policy import CompiledPolicy

_sla = unchecked(Sla)

CLOCKS = ("respond", "resolve")
NEW_CLOCK = SlaClock()


def with_deadlines(
    sla: Sla, opened_at: datetime, status: str, clock: SlaClock, policy: CompiledPolicy
) -> Sla:
    """The SLA with its due times as they stand: null while waiting, when closed, and for a clock that stopped.

    Also null where the policy no longer has the contract's level: nothing can be promised by it.
    """
    paused = status == "waiting"
    level = policy.level(sla.contract, sla.level)
    respond = resolve = None
    if level is not None and not paused and status != "closed":
        calendar = policy.calendars[level.calendar]
        if clock.responded_at is None:
            respond = due(level.respond_within, opened_at, clock, calendar)
        if clock.resolved_at is None:
            resolve = due(level.resolve_within, opened_at, clock, calendar)
    return _sla(
        contract=sla.contract,
        level=sla.level,
        group_id=sla.group_id,
        severity=sla.severity,
        respond_due_at=respond,
        resolve_due_at=resolve,
        paused=paused,
    )


def moved_on(
    sla: Sla, status_before: str, opened_at: datetime, status: str, clock: SlaClock, policy: CompiledPolicy
) -> Sla:
    """The SLA after a change of status. What a running clock was promised stays, also where the policy that is live
    promises something else; a pause that begins or ends is counted by the live one."""
    after = with_deadlines(sla, opened_at, status, clock, policy)
    if "waiting" in (status_before, status):
        return after
    respond = after.respond_due_at and (sla.respond_due_at or after.respond_due_at)
    resolve = after.resolve_due_at and (sla.resolve_due_at or after.resolve_due_at)
    return after.model_copy(update={"respond_due_at": respond, "resolve_due_at": resolve})


def due(
    duration: str | None, opened_at: datetime, clock: SlaClock, calendar: LocalCalendar
) -> datetime | None:
    """One due time; None where the level promises nothing. A pause that began before it moves it on."""
    if duration is None:
        return None
    at = due_at(opened_at, parse_duration(duration), calendar)
    for start, end in clock.pauses:
        if start < at:
            at = add_open_time(at, open_time_between(start, end, calendar), calendar)
    return at


def running_due(
    name: str,
    sla: Sla | None,
    opened_at: datetime,
    clock: SlaClock,
    policy: CompiledPolicy,
    until: datetime | None = None,
) -> datetime | None:
    """When the clock `respond` or `resolve` is due, whether it is paused or stopped or not; None: no promise.

    `until` ends a pause that still lasts.
    """
    level = policy.level(sla.contract, sla.level) if sla else None
    if level is None:
        return None
    if until is not None and clock.paused_since is not None:
        span = (clock.paused_since, max(clock.paused_since, until))
        clock = clock.model_copy(update={"pauses": (*clock.pauses, span)})
    duration = level.respond_within if name == "respond" else level.resolve_within
    return due(duration, opened_at, clock, policy.calendars[level.calendar])


def rearmed(
    clock_before: SlaClock,
    before: Sla | None,
    clock: SlaClock,
    sla: Sla | None,
    opened_at: datetime,
    policy: CompiledPolicy,
) -> SlaClock:
    """The clock, with its warnings and breaches forgotten where the due time is another one now.

    A due time that comes back finds again what was told of it: each event is told once per ticket, clock and
    due time. Another policy moves due times too: what was told names the one that it was told of.
    """
    if not clock.warned and not clock.breached and not clock.told:
        return clock
    dues = {name: running_due(name, sla, opened_at, clock, policy) for name in CLOCKS}
    same = {
        name for name in CLOCKS if running_due(name, before, opened_at, clock_before, policy) == dues[name]
    }
    return clock.model_copy(
        update={
            "warned": _known("warned", clock.warned, same, dues, clock.told),
            "breached": _known("breached", clock.breached, same, dues, clock.told),
        }
    )


def _known(
    kind: str,
    names: tuple[str, ...],
    same: set[str],
    dues: Mapping[str, datetime | None],
    told: tuple[Told, ...],
) -> tuple[str, ...]:
    """The clocks of which it is out, for the due times as they are now. `same`: those without a record of it."""
    back = {each.clock for each in told if each.kind == kind and dues.get(each.clock) == each.due_at}
    on_record = {each.clock for each in told if each.kind == kind}
    kept = tuple(name for name in names if name in (back if name in on_record else same))
    return (*kept, *(name for name in CLOCKS if name in back and name not in kept))
