"""Durations of service levels: ISO 8601, `PnD` (open days) or `PTnHnM` (open time), nothing else."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field

_DAYS = re.compile(r"P(\d{1,4})D")
_TIME = re.compile(r"PT(?=\d)(?:(\d{1,5})H)?(?:(\d{1,6})M)?")


@dataclass(frozen=True, slots=True)
class OpenDays:
    """n open days at the same local time."""

    days: int


@lru_cache(maxsize=1_024)
def parse_duration(text: str) -> OpenDays | timedelta:
    """Open days, or open time. Raises `ValueError` for any other form and for nothing at all (`PT0M`)."""
    if days := _DAYS.fullmatch(text):
        duration: OpenDays | timedelta = OpenDays(int(days[1]))
    elif time := _TIME.fullmatch(text):
        duration = timedelta(hours=int(time[1] or 0), minutes=int(time[2] or 0))
    else:
        raise ValueError("not a duration: write days as P3D, or hours and minutes as PT4H30M")
    if duration in (OpenDays(0), timedelta(0)):
        raise ValueError("a duration of nothing: leave the key out instead")
    return duration


def parse_open_time(text: str) -> timedelta:
    """Hours and minutes only. Raises `ValueError`."""
    duration = parse_duration(text)
    if isinstance(duration, OpenDays):
        raise ValueError("write hours and minutes (PT1H); days are not possible here")  # noqa: TRY004 a wrong value
    return duration


def parse_plain_days(text: str) -> timedelta:
    """`PnD` as days of 24 hours, or hours and minutes as they are. Raises `ValueError`."""
    duration = parse_duration(text)
    return timedelta(days=duration.days) if isinstance(duration, OpenDays) else duration


def _checked_duration(text: str) -> str:
    parse_duration(text)
    return text


def _checked_open_time(text: str) -> str:
    parse_open_time(text)
    return text


Duration = Annotated[str, AfterValidator(_checked_duration), Field(examples=["P3D", "PT4H30M"])]
OpenTime = Annotated[str, AfterValidator(_checked_open_time), Field(examples=["PT1H"])]
