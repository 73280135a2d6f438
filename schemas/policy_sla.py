"""Service levels: contracts, their levels, and the calendars of open hours in their compiled form."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from schemas.durations import Duration, OpenTime
from schemas.event import Part, UtcTime
from schemas.identifiers import Id

MINUTES_A_DAY = 24 * 60


def _distinct(dates: tuple[date, ...]) -> tuple[date, ...]:
    return tuple(sorted(set(dates)))


Dates = Annotated[tuple[date, ...], AfterValidator(_distinct)]
Slot = tuple[
    Annotated[int, Field(ge=0, lt=MINUTES_A_DAY)],
    Annotated[int, Field(gt=0, le=MINUTES_A_DAY)],
]
"""Open from (inclusive) to (exclusive), in minutes since local midnight."""
Slots = tuple[Slot, ...]


class Transition(Part):
    """From this instant on, local time is UTC plus the offset."""

    at: UtcTime
    offset_seconds: int = Field(gt=-86_400, lt=86_400)


class Calendar(Part):
    """Open hours with everything explicit that a library or a machine could say otherwise tomorrow.

    `week`: the slots of Monday to Sunday, sorted, neither overlapping nor touching. `holidays`: closed the
    whole day. `transitions`: sorted; the first one also holds before its instant, the last one for ever.
    """

    time_zone: str = Field(examples=["Europe/Prague"])
    week: tuple[Slots, Slots, Slots, Slots, Slots, Slots, Slots]
    holidays: Dates = ()
    transitions: tuple[Transition, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_walked(self) -> Self:
        if not any(self.week):
            raise ValueError("no open hour in the whole week: nothing could ever become due")
        for slots in self.week:
            if any(start >= end for start, end in slots):
                raise ValueError("a slot ends before it starts; over midnight, write two")
            if any(later[0] <= earlier[1] for earlier, later in pairwise(slots)):
                raise ValueError("slots of a day must be sorted and apart")
        instants = [transition.at for transition in self.transitions]
        if instants != sorted(set(instants)):
            raise ValueError("transitions must be sorted and distinct")
        return self


class Level(Part):
    """Targets of a level, in open time of its calendar; at least one of both."""

    calendar: Id
    respond_within: Duration | None = None
    resolve_within: Duration | None = None
    warn_before: OpenTime | None = Field(default=None, description="open time before each due time")

    @model_validator(mode="after")
    def _promises_something(self) -> Self:
        if self.respond_within is None and self.resolve_within is None:
            raise ValueError("promises nothing: give respond_within, resolve_within or both")
        return self


class Contract(Part):
    """`severities` says which level an evaluated severity gets; one that is not here is refused."""

    severities: Mapping[Id, Id] = {}
    levels: Mapping[Id, Level] = Field(min_length=1)


class Sla(Part):
    """Compiled service levels: what decisions read."""

    calendars: Mapping[Id, Calendar] = {}
    contracts: Mapping[Id, Contract] = {}
