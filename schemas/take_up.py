"""An order to a lane to take up a record again: in a header of a record of `mail.forwarded`.

The record's value and other headers are those of the record that is taken up. The lane that owned it then owns
it now, so nobody else can decide it at the same time.
"""

from pydantic import Field

from schemas.event import Event, UtcTime
from schemas.mail import Source, Supersedes

HEADER = "stellwerk_take_up"


class TakeUp(Event):
    """`repair`: never had its first receipt (attempt 0). The others give one more receipt to what has one."""

    action: str = Field(description="repair | redrive | discard | release")
    record: Source = Field(description="the record as the lane read it, topic without prefix")
    source: Source = Field(description="what the receipt is about: the delivery's `mail.inbound` record")
    attempt: int = Field(ge=0, description="the receipt's; each is given once, whoever asks and how often")
    supersedes: Supersedes | None = None
    timestamp_ms: int = Field(description="the record's own time, ms since the epoch")
    actor: str
    at: UtcTime
