"""From the policy as written to the policy as decided by: each holiday and each clock change made explicit.

The only place that asks the `holidays` library and the time-zone data (of the `tzdata` package, not of the
machine): what they say becomes part of the policy's version, so no update of theirs changes a decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import holidays

from config.problems import Problem
from schemas.open_hours import week_of
from schemas.policy import Policy
from schemas.policy_document import CalendarSource, Holidays, PolicyDocument
from schemas.policy_sla import Calendar, Sla, Transition

YEARS = range(2015, 2046)
"""Before, the first offset holds; after, the last one, and there are no holidays."""
_BEGIN = datetime(YEARS.start, 1, 1, tzinfo=UTC)
_END = datetime(YEARS.stop, 1, 1, tzinfo=UTC)
_STEP = timedelta(hours=12)


def compile_policy(document: PolicyDocument) -> tuple[Policy | None, list[Problem]]:
    """The compiled policy; or None, and what is wrong with its calendars."""
    calendars: dict[str, Calendar] = {}
    problems: list[Problem] = []
    for name, source in document.sla.calendars.items():
        try:
            calendars[name] = compile_calendar(source)
        except ValueError as error:
            problems.append(Problem(("sla", "calendars", name), str(error)))
    if problems:
        return None, problems
    rest = {name: getattr(document, name) for name in type(document).model_fields if name != "sla"}
    return Policy(**rest, sla=Sla(calendars=calendars, contracts=document.sla.contracts)), []


def compile_calendar(source: CalendarSource) -> Calendar:
    """Raises `ValueError` for a country, part of a country or time zone that the data does not know."""
    return Calendar(
        time_zone=source.time_zone,
        week=week_of(source.hours),
        holidays=_dates(source.holidays),
        transitions=transitions(source.time_zone),
    )


def _dates(source: Holidays) -> tuple[date, ...]:
    listed = set(_country_dates(source.country, source.subdivision)) if source.country else set()
    return tuple(sorted((listed - set(source.except_)) | set(source.also)))


def _country_dates(country: str, subdivision: str | None) -> tuple[date, ...]:
    """Public holidays only, not half days, bank days or observances."""
    try:
        return tuple(holidays.country_holidays(country, subdiv=subdivision, years=YEARS))
    except NotImplementedError as error:
        place = f"{country}-{subdivision}" if subdivision else country
        raise ValueError(
            f"holidays of {place} are not known; use ISO 3166 (CZ, DE-BY) or list the dates"
        ) from error


@lru_cache(maxsize=64)
def transitions(time_zone: str) -> tuple[Transition, ...]:
    """All changes of a zone's offset in `YEARS`, to the second, and the offset at their beginning."""
    zone = _zone(time_zone)
    found = [_transition(_BEGIN, zone)]
    at = _BEGIN
    while at < _END:
        if _offset(at, zone) != _offset(at + _STEP, zone):
            found.append(_transition(_first_after(at, at + _STEP, zone), zone))
        at += _STEP
    return tuple(found)


def _first_after(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second between both from which the later offset holds."""
    old = _offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _offset(middle, zone) == old else (before, middle)
    return after


def _offset(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _transition(at: datetime, zone: ZoneInfo) -> Transition:
    return Transition(at=at, offset_seconds=_offset(at, zone))


def _zone(name: str) -> ZoneInfo:
    if name not in _zone_names():
        raise ValueError(f"time zone {name} is not known; use an IANA name, as Europe/Prague")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(_lines(resources.files("tzdata").joinpath("zones").read_text("utf-8")))


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())
