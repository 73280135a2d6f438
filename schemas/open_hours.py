"""Open hours as people write them (`mon-fri: ["08:00-12:00", "13:00-16:30"]`), as a week of minutes."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from schemas.policy_sla import MINUTES_A_DAY, Slot, Slots

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Week = tuple[Slots, Slots, Slots, Slots, Slots, Slots, Slots]
_SLOT = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


def parse_days(text: str) -> tuple[int, ...]:
    """`mon`, `mon-fri` or `mon,wed,sat-sun` as days of the week, Monday 0. Raises `ValueError`."""
    days: list[int] = []
    for part in text.lower().split(","):
        first, _, last = part.strip().partition("-")
        names = (first, last or first)
        if not set(names) <= set(WEEKDAYS) or WEEKDAYS.index(names[0]) > WEEKDAYS.index(names[1]):
            raise ValueError("not days: write mon, mon-fri or mon,wed,fri (mon tue wed thu fri sat sun)")
        days += range(WEEKDAYS.index(names[0]), WEEKDAYS.index(names[1]) + 1)
    return tuple(days)


def parse_slot(text: str) -> Slot:
    """`08:00-16:30` in minutes since midnight; 24:00 is the end of the day. Raises `ValueError`."""
    found = _SLOT.fullmatch(text)
    if not found:
        raise ValueError("not a slot: write 08:00-16:30")
    hour, minute, end_hour, end_minute = map(int, found.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or end > MINUTES_A_DAY:
        raise ValueError("not times of a day: 00:00 to 24:00")
    if start >= end:
        raise ValueError(
            "ends before it starts; over midnight, write 22:00-24:00 and, on the next day, 00:00-06:00"
        )
    return start, end


def week_of(hours: Mapping[str, Iterable[str]]) -> Week:
    """The slots of each weekday, touching ones joined. Raises `ValueError` where they overlap or a day is twice."""
    days: dict[int, Slots] = {}
    for names, slots in hours.items():
        for day in parse_days(names):
            if day in days:
                raise ValueError(f"{WEEKDAYS[day]} is given twice: write each day once")
            days[day] = _joined(sorted(map(parse_slot, slots)))
    week = [days.get(day, ()) for day in range(7)]
    return (week[0], week[1], week[2], week[3], week[4], week[5], week[6])


def _joined(slots: list[Slot]) -> Slots:
    joined: list[Slot] = []
    for start, end in slots:
        if joined and start < joined[-1][1]:
            raise ValueError("slots of a day overlap")
        if joined and start == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def _checked_week(hours: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    if not any(week_of(hours)):
        raise ValueError("no open hour in the whole week: nothing could ever become due")
    return hours


def _checked_days(text: str) -> str:
    parse_days(text)
    return text


def _checked_slot(text: str) -> str:
    parse_slot(text)
    return text


Days = Annotated[str, AfterValidator(_checked_days)]
SlotText = Annotated[str, AfterValidator(_checked_slot)]
Hours = Annotated[
    Mapping[Days, tuple[SlotText, ...]],
    AfterValidator(_checked_week),
    Field(examples=[{"mon-fri": ["08:00-16:30"]}]),
]
