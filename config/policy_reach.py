"""Promises that a calendar can keep: a due time must lie within ten years of a mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from config.problems import Problem
from schemas.durations import OpenDays, parse_duration
from schemas.open_hours import Week, week_of
from schemas.policy_document import PolicyDocument
from schemas.policy_sla import Level

_WEEKS = 520
_TARGETS = ("respond_within", "resolve_within", "warn_before")


def reach_problems(document: PolicyDocument) -> list[Problem]:
    """Targets of levels that their calendar's open hours would need more than ten years for."""
    problems: list[Problem] = []
    for name, contract in document.sla.contracts.items():
        for level_name, level in contract.levels.items():
            source = document.sla.calendars.get(level.calendar)
            for target in _too_long(level, week_of(source.hours)) if source else ():
                path = ("sla", "contracts", name, "levels", level_name, target)
                what = f"takes more than ten years of calendar {level.calendar}; shorten it, or open longer"
                problems.append(Problem(path, what))
    return problems


def _too_long(level: Level, week: Week) -> Iterator[str]:
    for target in _TARGETS:
        text: str | None = getattr(level, target)
        if text and _weeks(parse_duration(text), week) > _WEEKS:
            yield target


def _weeks(duration: OpenDays | timedelta, week: Week) -> float:
    if isinstance(duration, OpenDays):
        return duration.days / sum(1 for slots in week if slots)
    return duration / timedelta(minutes=sum(end - start for slots in week for start, end in slots))
