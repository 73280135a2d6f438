"""Accept a mail: one durable record in `mail.inbound` for each mailbox it was sent to (P1)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from random import randbytes
from typing import NamedTuple, Protocol

from schemas.cloudevents import headers_for
from schemas.mail import Authentication
from schemas.topics import MAIL_INBOUND
from schemas.trace_context import TraceContext
from workers.errors import DependencyUnavailable
from workers.ports import BlobStore, InboundLog, OutRecord
from workers.processors.inbound_value import content_at, inbound_value, inline_content
from workers.routing.claims import claim_of
from workers.routing.identity import Signer
from workers.routing.identity_level import Evidence
from workers.routing.mail_head import MailHead, read_head
from workers.routing.received_mail import MailLoop, ReceivedMail, Recipient
from workers.work_ports import Place, Tracing, Untraced, Unwatched, Work, WorkObserver

INLINE_LIMIT_BYTES = 512 * 1024
MAX_RECEIVED_HEADERS = 100
_OFF_LOOP_FROM_BYTES = 256 * 1024
"""Hashing this much blocks the event loop for longer than handing it to a thread costs."""


class _Read(NamedTuple):
    head: MailHead
    sha256: str


class _Facts(NamedTuple):
    """`content`: its JSON."""

    read: _Read
    content: bytes
    authentication: Authentication | None
    received_at: datetime


def _now() -> datetime:
    return datetime.now(UTC)


def _event_id() -> str:
    """Unique, and no secret: the system's own chance would cost a call of it for every mail."""
    return randbytes(16).hex()  # noqa: S311 - an id


class Authenticator(Protocol):
    """Checks who sent a mail (SPF, DKIM, DMARC, ARC), for mail that no trusted relay checked before us."""

    async def check(self, mail: ReceivedMail, head: MailHead) -> Evidence | None:
        """None: nothing was found out (then the level is `unknown`). Bounded in time; never raises."""
        ...


class AcceptMail:
    """The use case behind SMTP's 250. Safe to call concurrently.

    Content above `inline_limit_bytes` goes to the blob store first. Meanwhile `authenticator`, if any, finds out
    what DNS says of the sender now: keys change, and a mail that is decided late must not fare worse for it.
    `now` (UTC), `event_id` and `tracing` are the only sources of time and chance. `prefix`: the installation's, for
    `work`.
    """

    def __init__(
        self,
        signer: Signer,
        log: InboundLog,
        blobs: BlobStore,
        *,
        authenticator: Authenticator | None = None,
        inline_limit_bytes: int = INLINE_LIMIT_BYTES,
        now: Callable[[], datetime] = _now,
        event_id: Callable[[], str] = _event_id,
        tracing: Tracing | None = None,
        work: WorkObserver | None = None,
        prefix: str = "",
    ) -> None:
        self._signer = signer
        self._log = log
        self._blobs = blobs
        self._authenticator = authenticator
        self._inline_limit_bytes = inline_limit_bytes
        self._now = now
        self._event_id = event_id
        self._tracing = tracing or Untraced()
        self._work = work or Unwatched()
        self._topic = prefix + MAIL_INBOUND.name

    async def __call__(self, mail: ReceivedMail) -> tuple[str, ...]:
        """Returns the ids of the deliveries once the broker has acknowledged all of them.

        Raises `MailLoop` (permanent), or `DependencyUnavailable` where that is not certain: some deliveries
        may be stored all the same, and have the same ids when the sender tries again.
        """
        received_at, trace = self._now(), self._tracing.begin()
        try:
            done = await self._accepted(mail, received_at, trace)
        except DependencyUnavailable:
            self._tell([Work("receive", "deferred", trace=trace)], received_at)
            raise
        self._tell([*done, Work("receive", "accepted", trace=trace)], received_at)
        return tuple(each.ids["delivery_id"] for each in done)

    async def _accepted(self, mail: ReceivedMail, received_at: datetime, trace: TraceContext) -> list[Work]:
        """One for each delivery, all of which are durable now."""
        written = self._written(mail, await self._facts(mail, received_at), trace)
        acks = await self._log.append([record for record, _, _ in written])
        return [
            Work("accept", "accepted", ids, Place(self._topic, ack.partition, ack.offset), own, trace)
            for (_, ids, own), ack in zip(written, acks, strict=True)
        ]

    def _written(
        self, mail: ReceivedMail, facts: _Facts, trace: TraceContext
    ) -> list[tuple[OutRecord, dict[str, str], TraceContext | None]]:
        """The record of each delivery, its ids and its span. Nothing else of the content stays while Kafka takes it."""
        written = []
        for mailbox, recipients in _by_mailbox(mail.recipients).items():
            ids, value = self._delivery(mail, mailbox, recipients, facts)
            own = self._tracing.follow(trace, ids["delivery_id"])
            written.append((self._record(ids["ticket_id"], value, facts.received_at, own), ids, own))
        return written

    async def _facts(self, mail: ReceivedMail, received_at: datetime) -> _Facts:
        content = mail.content
        if len(content) < _OFF_LOOP_FROM_BYTES:
            read = _read_content(content)
        else:
            read = await asyncio.to_thread(_read_content, content)
        if read.head.received_count > MAX_RECEIVED_HEADERS:
            raise MailLoop("Too many hops, this mail is looping", received_headers=read.head.received_count)
        if self._authenticator is None:
            return _Facts(read, await self._stored(read.sha256, content), None, received_at)
        checking = asyncio.ensure_future(self._authenticator.check(mail, read.head))
        try:
            stored = await self._stored(read.sha256, content)
        except BaseException:
            checking.cancel()
            raise
        return _Facts(read, stored, _authentication(await checking), received_at)

    def _tell(self, work: Sequence[Work], since: datetime) -> None:
        self._work.done(work, (self._now() - since).total_seconds())

    async def _stored(self, digest: str, content: bytes) -> bytes:
        if len(content) <= self._inline_limit_bytes:
            return inline_content(content)
        return content_at(await self._blobs.put(digest, content))

    def _delivery(
        self,
        mail: ReceivedMail,
        mailbox: str,
        recipients: list[Recipient],
        facts: _Facts,
    ) -> tuple[dict[str, str], bytes]:
        """Its ids, and the event."""
        head = facts.read.head
        claim = claim_of(head, mailbox, [r.plus_tag for r in recipients if r.plus_tag], self._signer)
        delivery_id = self._signer.delivery_id(mailbox, head.message_id, head.body_digest, head.identity)
        value = inbound_value(
            mail,
            mailbox,
            recipients,
            claim,
            delivery_id=delivery_id,
            received_at=facts.received_at,
            message_id=head.message_id,
            sha256=facts.read.sha256,
            content=facts.content,
            authentication=facts.authentication,
        )
        return {"delivery_id": delivery_id, "ticket_id": claim.ticket_id}, value

    def _record(
        self, ticket_id: str, value: bytes, received_at: datetime, trace: TraceContext | None
    ) -> OutRecord:
        headers = headers_for(
            MAIL_INBOUND,
            event_id=self._event_id(),
            time=received_at,
            subject=ticket_id,
            partition_key=ticket_id,
            traceparent=trace.write() if trace else None,
        )
        return OutRecord(MAIL_INBOUND.name, ticket_id.encode(), value, headers)


def _authentication(evidence: Evidence | None) -> Authentication | None:
    if evidence is None:
        return None
    return Authentication(**{name: getattr(evidence, name) for name in Authentication.model_fields})


def _read_content(content: bytes) -> _Read:
    return _Read(read_head(content), sha256(content).hexdigest())


def _by_mailbox(recipients: tuple[Recipient, ...]) -> dict[str, list[Recipient]]:
    """Two addresses of one mailbox are one delivery; the order of the RCPT commands is kept."""
    mailboxes: dict[str, list[Recipient]] = {}
    for recipient in recipients:
        mailboxes.setdefault(recipient.mailbox, []).append(recipient)
    return mailboxes
