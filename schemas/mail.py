"""Mail as accepted (`mail.inbound`) and as understood (`mail.enriched`, `mail.forwarded`). Ours only: content."""

from typing import Self

from pydantic import Field, model_validator

from schemas.event import Event, Part, UtcTime


class Envelope(Part):
    """What the SMTP client said (RFC 5321). `rcpt_to` has this mailbox's addresses only: Bcc stays secret."""

    mail_from: str = Field(description="reverse-path; empty for the null sender", examples=["jan@acme.test"])
    rcpt_to: tuple[str, ...] = Field(examples=[["support@acme.example"]])
    peer: str = Field(description="address of the client", examples=["192.0.2.7"])
    helo: str = Field(default="", examples=["mail.acme.test"])
    tls: bool = False
    smtp_utf8: bool = False
    ret: str | None = Field(default=None, description="DSN RET (RFC 3461)")
    envid: str | None = Field(default=None, description="DSN ENVID (RFC 3461)")
    dsn: tuple[str, ...] = Field(
        default=(),
        description="per address that has them: the address, NOTIFY and ORCPT as given (RFC 3461)",
        examples=[["support@acme.example NOTIFY=FAILURE ORCPT=rfc822;support@acme.example"]],
    )


class Content(Part):
    """The octets after dot-unstuffing, nothing added: in the record, or in the blob store."""

    inline: str | None = Field(default=None, description="base64 of the raw octets")
    ref: str | None = Field(default=None, description="URL in the blob store")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.inline is None) == (self.ref is None):
            raise ValueError("content is either inline or ref")
        return self


class Claim(Part):
    """The ticket that a mail says it belongs to, and where it says so. A claim proves nothing."""

    kind: str = Field(description="`ClaimKind`", examples=["references"])
    ticket_id: str = Field(examples=["T-7Z9Q2M4K8XWA"])
    signed: bool = Field(description="our MAC over this ticket and mailbox was there and right")


class Authentication(Part):
    """What SPF, DKIM, DMARC and ARC said when the mail came: later their records may be others.

    Domains are named only where their check passed.
    """

    dkim_domains: tuple[str, ...] = ()
    spf_domain: str = ""
    dmarc_domain: str = Field(default="", description="the author's, where it is proven by alignment")
    dmarc_failed: bool = False
    anything_failed: bool = False
    arc_domain: str = Field(default="", description="who sealed last, in a chain that holds")
    incomplete: bool = Field(default=False, description="DNS did not answer something that mattered")


class InboundMail(Event):
    """One accepted delivery: a mail for one mailbox. The unit of conservation (P1)."""

    delivery_id: str = Field(examples=["6f1a0c3c1f6e4f0b9a3a7d5e2b8c4d10"])
    ticket_id: str = Field(description="the claimed ticket", examples=["T-7Z9Q2M4K8XWA"])
    mailbox: str = Field(examples=["support@acme.example"])
    received_at: UtcTime
    envelope: Envelope
    message_id: str = Field(description="of the mail, or derived from its digest where it has none")
    size_bytes: int
    sha256: str
    content: Content
    claim: Claim
    authentication: Authentication | None = Field(
        default=None, description="null: not checked here, or nothing could be found out"
    )


class Source(Part):
    """The `mail.inbound` (or command) record that a decision is about."""

    topic: str
    partition: int
    offset: int


class SenderCandidate(Part):
    """A contact that the sender's address or domain matches."""

    contact_id: str
    company_id: str | None = None
    address_book: str | None = Field(description="null: could not be resolved; then nobody may see the mail")


class Sender(Part):
    """Who wrote, as far as the directory knows (R56). Several candidates: the lowest id, and `ambiguous`."""

    address: str = Field(description="normalised; empty where there is none")
    contact_id: str | None = None
    company_id: str | None = None
    address_books: tuple[str, ...] = Field(default=(), description="of the sender and of every candidate")
    matched_by: str = Field(description="`MatchedBy`")
    ambiguous: bool = False
    candidates: tuple[SenderCandidate, ...] = ()
    user_id: str | None = Field(default=None, description="the directory user with this address")
    named_by: str = Field(default="from", description="from | reply-to | x-original-from | envelope")


class GroupVia(Part):
    """A contact group of the sender. `distance`: 0 its own, 1 its parent's, 2 its parent's parent's."""

    group_id: str
    via_contact_id: str
    distance: int
    type: str = Field(default="customers", description="customers | suppliers | colleagues")


class Attachment(Part):
    """What is known of an attachment without opening it."""

    name: str
    content_type: str
    size_bytes: int
    sha256: str


class Supersedes(Part):
    """What a redriven or released delivery replaces."""

    attempt: int
    outcome: str


class EnrichedMail(Event):
    """All that was known when the delivery was decided. Replaying it needs no look-up (P3)."""

    delivery_id: str
    ticket_id: str
    claim: Claim
    mailbox: str
    received_at: UtcTime
    source: Source
    envelope: Envelope
    message_id: str
    sender: Sender
    groups: tuple[GroupVia, ...] = ()
    headers: tuple[tuple[str, str], ...] = Field(description="decoded with replacement, bounded")
    subject: str
    text: str = Field(description="the first 8 KB of readable text")
    attachments: tuple[Attachment, ...] = ()
    size_bytes: int
    classification: str = Field(description="`Classification`")
    proven_response: bool = Field(default=False, description="an answer by a machine, provably (DSN, MDN, …)")
    bounced_ticket: str | None = Field(
        default=None, description="ticket of our signed id that a bounce names"
    )
    identity_level: str = Field(description="`IdentityLevel`")
    defects: tuple[str, ...] = Field(default=(), description="what was wrong with the MIME structure")
    unparsed: bool = Field(default=False, description="could not be parsed: decided by its envelope")
    directory_version: str
    policy_version: str
    attempt: int = 0
    supersedes: Supersedes | None = None
    forwarded_from: str | None = Field(
        default=None, description="the ticket that it claimed and may not join"
    )
    forwarded_because: str | None = Field(default=None, description="`ForwardReason`")
