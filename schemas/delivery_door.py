"""What `/v1/deliveries` and `/v1/access` answer, and what the latter is asked."""

from typing import Annotated

from pydantic import Field

from schemas.access import Requires
from schemas.event import Event, UtcTime
from schemas.identifiers import Id

MOST_DELIVERIES = 1000
"""In one question."""

DeliveryId = Annotated[str, Field(pattern=r"\A[0-9a-f]{32}\z", examples=["6f1a0c3c1f6e4f0b9a3a7d5e2b8c4d10"])]


class SeenMessage(Event):
    """For those who may read the content."""

    verdict: str = Field(default="content", description="`Access`")
    delivery_id: str
    ticket_id: str
    ticket_revision: int = Field(description="in which the message was tagged last")
    tag_revision: int
    received_at: UtcTime
    contact_id: str | None
    classification: str
    requires: Requires = Field(description="the ticket's latest and the message's own: all must hold")
    private_to: str | None
    content_until: UtcTime


class SeenStub(Event):
    """For those who may know that a private message arrived, and nothing more (R42)."""

    verdict: str = Field(default="existence", description="`Access`")
    delivery_id: str
    received_at: UtcTime
    contact_id: str | None
    recipient: str | None


class AccessQuestion(Event):
    """May this user see these messages?"""

    viewer: Id
    deliveries: tuple[DeliveryId, ...] = Field(min_length=1, max_length=MOST_DELIVERIES)


class AccessAnswer(Event):
    """`nothing` is also the answer for what does not exist."""

    viewer: str
    verdicts: dict[str, str] = Field(description="delivery id: `Access`")
