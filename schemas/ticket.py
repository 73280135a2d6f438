"""The ticket as it now stands (`tickets.routed`) and its full state (`tickets.state`, ours)."""

from pydantic import Field

from schemas.access import Requires
from schemas.event import Event, Part, UtcTime


class Sla(Part):
    """Service level of one ticket (R20-R23). Deadlines are null while paused, or when their clock stopped."""

    contract: str = Field(examples=["premium"])
    level: str = Field(examples=["silver"])
    group_id: str | None = Field(default=None, description="the group that gave it; null when set by command")
    severity: str | None = Field(default=None, description="null until evaluated (R22)")
    respond_due_at: UtcTime | None = None
    resolve_due_at: UtcTime | None = None
    paused: bool = False


class Customer(Part):
    """Ids only: an unknown sender's address stays with us."""

    contact_id: str | None = None
    company_id: str | None = None
    known: bool = False


class Reply(Part):
    """What an answer to the customer must carry so that the customer's next mail finds this ticket."""

    reply_to: str = Field(examples=["support+T-7Z9Q2M4K8XWA.k3v9q0d2@acme.example"])
    message_id: str = Field(examples=["<T-7Z9Q2M4K8XWA.3.k3v9q0d2@acme.example>"])
    subject_token: str = Field(examples=["[#T-7Z9Q2M4K8XWA.k3v9q0d2]"])


class Cause(Part):
    """Why there is this revision: `kind` is a `CauseKind`, `id` the delivery's or the command's."""

    kind: str
    id: str


class RoutedTicket(Event):
    """A ticket after one more delivery or command. No content: no subject, text, sender address or file name."""

    ticket_id: str
    revision: int = Field(ge=1, description="1, 2, …: one per delivery or command")
    status: str = Field(description="`TicketStatus`")
    opened_at: UtcTime
    mailbox: str
    process: str
    area: str
    handler: str | None
    user_group: str | None
    sla: Sla | None
    customer: Customer
    groups: tuple[str, ...] = Field(description="contact groups, the deciding one first")
    price_lists: tuple[str, ...] = Field(description="by priority, highest first (R31)")
    requires: Requires
    reply: Reply
    sources: dict[str, str] = Field(
        description="field: group:ID | mailbox:ADDRESS | process-default | rule:ID | command:ID"
    )
    flags: tuple[str, ...]
    deliveries: int
    policy_version: str
    cause: Cause
    changed: tuple[str, ...]
    follows: str | None = Field(default=None, description="the closed ticket that this one continues")


class MessageTag(Part):
    """The latest tag of one message of a ticket, as needed to tag it again and to know a duplicate."""

    delivery_id: str
    received_at: UtcTime
    tag_revision: int
    requires: Requires
    private_to: str | None
    contact_id: str | None
    classification: str
    content_until: UtcTime
    suppressed: bool = Field(default=False, description="joined as a response; may still be released")


class Told(Part):
    """An SLA event that is out: never again for the same clock and due time."""

    kind: str = Field(description="warned | breached | met")
    clock: str = Field(description="respond | resolve")
    due_at: UtcTime


class SlaClock(Part):
    """What SLA time needs beside the deadlines. All UTC; `pauses` are closed spans (from, to)."""

    responded_at: UtcTime | None = None
    resolved_at: UtcTime | None = None
    paused_since: UtcTime | None = None
    pauses: tuple[tuple[UtcTime, UtcTime], ...] = ()
    warned: tuple[str, ...] = Field(default=(), description="clocks whose warning is out: respond, resolve")
    breached: tuple[str, ...] = Field(default=(), description="clocks whose breach is out")
    told: tuple[Told, ...] = Field(default=(), description="also of earlier due times, oldest first; bounded")


class TicketState(Event):
    """Everything that the next decision on the ticket needs. Compacted; a tombstone long after closing."""

    ticket: RoutedTicket
    customer_key: str = Field(description="company:ID | contact:ID | address:DIGEST; never nobody")
    messages: tuple[MessageTag, ...] = Field(description="the latest ones, oldest first; bounded")
    last_received_at: UtcTime
    set_by_command: tuple[str, ...] = Field(default=(), description="fields that a person set")
    clock: SlaClock = SlaClock()
    closed_at: UtcTime | None = None
    private_to: str | None = Field(default=None, description="who later messages are private to, by default")
    recent_commands: tuple[str, ...] = Field(default=(), description="ids already applied; bounded")


class RetiredTicket(Event):
    """What stays of a ticket that was removed long after its closing: enough to send a late mail to its follower.

    In `tickets.state` under a key that is no ticket's. Without it a late mail would open the same id at revision 1.
    """

    ticket_id: str
    mailbox: str
    customer_key: str
    closed_at: UtcTime
