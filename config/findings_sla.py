"""Service levels: severities that nobody can evaluate, levels and calendars that nothing reaches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from config.finding import Finding, hint, warning
from config.yaml_places import KeyPath
from schemas.durations import parse_duration, parse_open_time
from schemas.policy import Policy
from schemas.policy_sla import Calendar, Contract, Level


def sla_findings(policy: Policy) -> Iterator[Finding]:
    """Of a compiled policy: holidays are dates."""
    severities = {name for contract in policy.sla.contracts.values() for name in contract.severities}
    for name, contract in policy.sla.contracts.items():
        path = ("sla", "contracts", name)
        yield from _severities(path, name, contract, severities)
        yield from _levels(path, name, contract, _defaults(policy, name))
        yield from _use(path, name, policy)
    yield from _calendars(policy)
    yield from _promises(policy)


def _severities(path: KeyPath, name: str, contract: Contract, known: set[str]) -> Iterator[Finding]:
    if missing := sorted(known - contract.severities.keys()):
        text = f"contract {name} has no level for severity {', '.join(missing)}, so evaluating it is refused"
        yield warning((*path, "severities"), text, "map each severity that handlers may choose")
    elif not contract.severities:
        text = f"contract {name} maps no severity, so none can be evaluated"
        yield warning(path, text, "give it severities, as {normal: LEVEL}")


def _levels(path: KeyPath, name: str, contract: Contract, defaults: set[str]) -> Iterator[Finding]:
    for level_name, level in contract.levels.items():
        where = (*path, "levels", level_name)
        if level_name not in defaults | set(contract.severities.values()):
            text = f"level {level_name} of contract {name} is no severity's, and no group's default"
            yield hint(where, text, "only the command `sla` gives it; remove it where that is not meant")
        yield from _warnings_too_early(where, level)


def _warnings_too_early(where: KeyPath, level: Level) -> Iterator[Finding]:
    if level.warn_before is None:
        return
    before = parse_open_time(level.warn_before)
    for name in ("respond_within", "resolve_within"):
        target: str | None = getattr(level, name)
        within = parse_duration(target) if target else None
        if isinstance(within, timedelta) and before >= within:
            text = f"warn_before is not shorter than {name}, so each ticket is warned of at once"
            yield warning((*where, "warn_before"), text, f"make it shorter than {target}")


def _use(path: KeyPath, name: str, policy: Policy) -> Iterator[Finding]:
    if not _defaults(policy, name):
        text = f"contract {name} belongs to no group, so no new ticket gets it"
        yield warning(path, text, "name it in the sla of a group, or remove it")


def _defaults(policy: Policy, contract: str) -> set[str]:
    slas = [group.sla for group in policy.groups.values() if group.sla]
    return {sla.default_level for sla in slas if sla.contract == contract}


def _calendars(policy: Policy) -> Iterator[Finding]:
    used = {level.calendar for each in policy.sla.contracts.values() for level in each.levels.values()}
    for name, calendar in policy.sla.calendars.items():
        path = ("sla", "calendars", name)
        if name not in used:
            yield hint(path, f"no level uses calendar {name}", "name it in a level, or remove it")
        if year := _closed_year(calendar):
            text = f"calendar {name} has no open hour in {year}: each of its open days is a holiday"
            yield warning(path, text, "take the dates from its holidays, or open on other days")


def _closed_year(calendar: Calendar) -> int | None:
    """The first year with holidays in which every open weekday is one of them."""
    open_days = {day for day, slots in enumerate(calendar.week) if slots}
    by_year: dict[int, int] = {}
    for each in calendar.holidays:
        by_year[each.year] = by_year.get(each.year, 0) + (each.weekday() in open_days)
    return next((year for year, closed in sorted(by_year.items()) if closed >= 52 * len(open_days)), None)


def _promises(policy: Policy) -> Iterator[Finding]:
    with_sla = [name for name, process in policy.processes.items() if process.sla]
    if with_sla and not any(group.sla for group in policy.groups.values()):
        text = f"process {with_sla[0]} has sla, and no group has a contract: no ticket gets one"
        yield warning(("processes", with_sla[0], "sla"), text, "give a group sla, or set it to false")
    for name, group in policy.groups.items():
        if group.sla and not with_sla:
            text = f"group {name} has a contract, and no process has sla: no ticket gets it"
            yield warning(("groups", name, "sla"), text, "set `sla: true` on a process")
