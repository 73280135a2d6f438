"""The receipt of one decision (`routing.decisions`)."""

from pydantic import Field

from schemas.event import Event, Part
from schemas.mail import Source, Supersedes
from schemas.ticket import TicketState


class Looked(Part):
    """One candidate of one step: what was looked at, and why it was chosen or not. Never a mail's words."""

    candidate: str = Field(examples=["group:key-accounts"])
    verdict: str = Field(description="`Verdict`: chosen | lost | missed | ignored")
    why: str = Field(examples=["row for helpdesk has a handler"])


class Step(Part):
    """One field or question, in the order in which it was decided (P7)."""

    step: str = Field(examples=["handler"])
    looked_at: tuple[Looked, ...] = ()
    result: str | None = Field(default=None, examples=["petr"])
    because: str = Field(examples=["group:key-accounts"])


class RightRead(Part):
    """A right that was read: what `user` holds on `kind`/`id`; empty means none."""

    user: str
    kind: str = Field(description="address_books | areas | user_groups | processes | users")
    id: str
    held: tuple[str, ...] = Field(description="rights (`Right`), or `member`, `allowed`, `known`")


class RoutingDecision(Event):
    """What was decided, why, and by which versions: enough to decide it again, bit for bit (P3, P7)."""

    delivery_id: str | None = None
    command_id: str | None = None
    ticket_id: str
    outcome: str = Field(description="`Outcome`, or applied | refused for a command")
    attempt: int = 0
    supersedes: Supersedes | None = None
    source: Source
    revision: int | None = Field(description="of the ticket, where this made one")
    state_before: TicketState | None = None
    rights: tuple[RightRead, ...] = ()
    policy_version: str
    directory_version: str
    decider_version: str
    steps: tuple[Step, ...] = ()
    reason: str
