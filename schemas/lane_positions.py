"""Where a lane stands, in its own words (ours)."""

from pydantic import Field

from schemas.event import Event


class LanePositions(Event):
    """Written in each transaction of a lane, beside the offsets that its group commits, which it beats."""

    next_offsets: dict[str, int] = Field(
        description="by the input's topic, in the record's partition", examples=[{"orders.placed": 40}]
    )
