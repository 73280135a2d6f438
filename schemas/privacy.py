"""Who may see which message (`messages.privacy-tagged`)."""

from pydantic import Field

from schemas.access import Requires
from schemas.event import Event, UtcTime


class PrivacyTaggedMessage(Event):
    """Effective access = the ticket's latest `requires` AND the message's own; private: content for one only."""

    delivery_id: str
    ticket_id: str
    ticket_revision: int
    tag_revision: int = Field(ge=1)
    received_at: UtcTime
    contact_id: str | None
    classification: str
    requires: Requires = Field(description="the books of its sender and of every candidate, an area assigned")
    private_to: str | None = Field(description="the only user who may see the content (R42)")
    content_until: UtcTime = Field(description="after this the content can no longer be read")
