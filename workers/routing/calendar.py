"""Local time and open intervals of a compiled calendar. Pure: the policy has each transition and holiday (P3)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from schemas.policy_sla import Calendar, Slots
from workers.routing.memory import Memory

_DAY = timedelta(days=1)


class Interval(NamedTuple):
    """Open from `start` (inclusive) to `end` (exclusive), aware UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class LocalCalendar:
    """A calendar prepared for questions. Make one per calendar and policy version, and keep it."""

    calendar: Calendar
    instants: tuple[datetime, ...] = field(init=False)
    offsets: tuple[timedelta, ...] = field(init=False)
    holidays: frozenset[date] = field(init=False)
    _days: Memory[date, tuple[Interval, ...]] = field(
        default_factory=Memory, init=False, compare=False, repr=False
    )
    _offsets_of: Memory[date, range] = field(default_factory=Memory, init=False, compare=False, repr=False)
    _open_days: Memory[tuple[date, int], date] = field(
        default_factory=Memory, init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        transitions = self.calendar.transitions
        object.__setattr__(self, "instants", tuple(each.at for each in transitions[1:]))
        object.__setattr__(self, "offsets", tuple(timedelta(seconds=t.offset_seconds) for t in transitions))
        object.__setattr__(self, "holidays", frozenset(self.calendar.holidays))

    def to_local(self, at: datetime) -> datetime:
        """Naive local time of an aware instant."""
        utc = at.astimezone(UTC)
        return utc.replace(tzinfo=None) + self.offsets[bisect_right(self.instants, utc)]

    def to_utc(self, local: datetime) -> datetime:
        """The instant of a naive local time: the first of two; the end of the gap for one that is skipped."""
        for index in self._periods(local.date()):
            instant = local.replace(tzinfo=UTC) - self.offsets[index]
            if index == len(self.instants) or instant < self.instants[index]:
                return max(instant, self.instants[index - 1]) if index else instant
        raise AssertionError("the last period has no end")

    def slots(self, day: date) -> Slots:
        """Open hours of a local day; none on a holiday."""
        return () if day in self.holidays else self.calendar.week[day.weekday()]

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """The open intervals of a local day, in order: exactly the instants whose local time is in a slot.

        So where clocks go back inside a slot's edge, one slot may be two intervals.
        """
        return self._days.value(day, lambda: self._intervals(day))

    def _intervals(self, day: date) -> tuple[Interval, ...]:
        found = (
            interval
            for index in self._periods(day)
            for start, end in self.slots(day)
            if (interval := self._in_period(index, day, start, end))
        )
        return tuple(sorted(found))

    def intervals_from(self, at: datetime) -> Iterator[Interval]:
        """Open intervals that end after the instant, without end; the first may have begun before it."""
        day = self.to_local(at).date() - _DAY
        while True:
            for interval in self.intervals(day):
                if interval.end > at:
                    yield interval
            day += _DAY

    def intervals_before(self, at: datetime) -> Iterator[Interval]:
        """Open intervals that begin before the instant, latest first, without end."""
        day = self.to_local(at).date() + _DAY
        while True:
            for interval in reversed(self.intervals(day)):
                if interval.start < at:
                    yield interval
            day -= _DAY

    def open_day_after(self, day: date, days: int) -> date:
        """The n-th open day after this one."""
        return self._open_days.value((day, days), lambda: self._open_day_after(day, days))

    def _open_day_after(self, day: date, days: int) -> date:
        for _ in range(days):
            day += _DAY
            while not self.slots(day):
                day += _DAY
        return day

    def _periods(self, day: date) -> range:
        """Indexes of the offsets that may hold during the local day."""
        return self._offsets_of.value(day, lambda: self._find_periods(day))

    def _find_periods(self, day: date) -> range:
        midnight = datetime.combine(day, time(), UTC)
        first = bisect_left(self.instants, midnight - _DAY)
        last = bisect_right(self.instants, midnight + 2 * _DAY)
        return range(first, last + 1)

    def _in_period(self, index: int, day: date, start: int, end: int) -> Interval | None:
        """The part of a slot, read by one offset, in which this offset holds."""
        midnight = datetime.combine(day, time(), UTC) - self.offsets[index]
        begins, ends = midnight + timedelta(minutes=start), midnight + timedelta(minutes=end)
        if index > 0:
            begins = max(begins, self.instants[index - 1])
        if index < len(self.instants):
            ends = min(ends, self.instants[index])
        return Interval(begins, ends) if begins < ends else None
