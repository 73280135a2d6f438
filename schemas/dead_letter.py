"""What could not be processed (`mail.dead-letter`): raw value and headers as they were, plus this in headers."""

from pydantic import Field

from schemas.event import Event, UtcTime

HEADER = "stellwerk_dead_letter"


class DeadLetter(Event):
    """Why a record was set aside, and all that is needed to try it again (P8)."""

    delivery_id: str | None = None
    stage: str = Field(description="decode | enrich | route | command | price")
    reason: str
    own_fault: bool = Field(description="our code or our record; a sender's strange mail never is")
    topic: str
    partition: int
    offset: int
    attempt: int
    at: UtcTime = Field(description="the record's own time")
