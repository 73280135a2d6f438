"""From an accepted mail to everything that is known about it: `InboundMail` to `EnrichedMail`.

Two steps, so that the look-ups of a whole batch are one round trip: `prepare` reads and parses, and names the
directory fields that it needs; `finish` is pure. Nothing here depends on a clock or on chance (P3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from pybase64 import b64decode

from schemas.mail import EnrichedMail, InboundMail, Source, Supersedes
from schemas.policy import Policy
from schemas.topics import MAIL_INBOUND
from workers.errors import InvalidInput
from workers.ports import BlobStore, InRecord
from workers.routing.authentication_results import relay_evidence
from workers.routing.classification import Classified, classify
from workers.routing.identity import Signer
from workers.routing.identity_level import Evidence, identity_level
from workers.routing.parsed_mail import ParsedMail
from workers.routing.sender import Authors, authors_of, find_sender, lookups_for
from workers.routing.trusted_relays import is_trusted_relay

_THREAD_FROM_BYTES = 256 * 1024
"""From this size on a mail is parsed beside the event loop: heartbeats go on."""

MailParser = Callable[[bytes], ParsedMail]


class LivePolicy(Protocol):
    """What enriching needs of the policy that is live."""

    @property
    def version(self) -> str: ...
    @property
    def policy(self) -> Policy: ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """`lookups`: the fields of the directory view that `finish` may ask for."""

    inbound: InboundMail
    source: Source
    parsed: ParsedMail
    authors: Authors
    lookups: tuple[str, ...]
    classified: Classified


class Enricher:
    """One for all lanes: it keeps nothing between mails. `parse`: `workers.adapters.mime_parser.parse_mail`."""

    def __init__(self, signer: Signer, blobs: BlobStore, parse: MailParser) -> None:
        self._signer = signer
        self._blobs = blobs
        self._parse = parse

    async def prepare(self, record: InRecord) -> Prepared:
        """Decode, fetch and parse a record of `mail.inbound`.

        Raises `pydantic.ValidationError` for a value that is no `InboundMail`; `InvalidInput` for content that
        is gone or was altered; `DependencyUnavailable` where the blob store does not answer.
        """
        source = Source(topic=MAIL_INBOUND.name, partition=record.partition, offset=record.offset)
        return await self.prepare_mail(InboundMail.read(record.value or b""), source)

    async def prepare_mail(self, inbound: InboundMail, source: Source) -> Prepared:
        """The same for a mail that was decoded before; `source` is its `mail.inbound` record."""
        raw = await self._content(inbound)
        parsed = await self._parsed(raw)
        authors = authors_of(parsed, inbound.envelope)
        return Prepared(
            inbound=inbound,
            source=source,
            parsed=parsed,
            authors=authors,
            lookups=lookups_for(authors),
            classified=classify(parsed, inbound.envelope, inbound.mailbox, self._signer),
        )

    def finish(
        self,
        prepared: Prepared,
        directory: Mapping[str, bytes],
        directory_version: str,
        policy: LivePolicy,
        *,
        attempt: int = 0,
        supersedes: Supersedes | None = None,
    ) -> EnrichedMail:
        """Everything known. `directory`: those of the fields `prepared.lookups` that exist at that version."""
        inbound, parsed, classified = prepared.inbound, prepared.parsed, prepared.classified
        trusted = is_trusted_relay(inbound.envelope.peer, policy.policy.trusted_relays)
        found = find_sender(
            prepared.authors,
            directory,
            behind_trusted_relay=trusted,
            free_mail_domains=policy.policy.free_mail_domains,
        )
        evidence = relay_evidence(parsed.headers) if trusted else _checked_by_us(inbound)
        return EnrichedMail(
            delivery_id=inbound.delivery_id,
            ticket_id=inbound.ticket_id,
            claim=inbound.claim,
            mailbox=inbound.mailbox,
            received_at=inbound.received_at,
            source=prepared.source,
            envelope=inbound.envelope,
            message_id=inbound.message_id,
            sender=found.sender,
            groups=found.groups,
            headers=parsed.headers,
            subject=parsed.subject,
            text=parsed.text,
            attachments=parsed.attachments,
            size_bytes=inbound.size_bytes,
            classification=classified.classification,
            proven_response=classified.proven_response,
            bounced_ticket=classified.bounced_ticket,
            identity_level=identity_level(evidence, found.sender.address, classified.classification),
            defects=parsed.defects,
            unparsed=parsed.unparsed,
            directory_version=directory_version,
            policy_version=policy.version,
            attempt=attempt,
            supersedes=supersedes,
        )

    async def _parsed(self, raw: bytes) -> ParsedMail:
        if len(raw) < _THREAD_FROM_BYTES:
            return self._parse(raw)
        return await asyncio.to_thread(self._parse, raw)

    async def _content(self, inbound: InboundMail) -> bytes:
        """The octets as they were accepted, proven by their digest."""
        if inbound.content.inline is not None:
            raw = _from_base64(inbound.content.inline)
        else:
            raw = await self._blobs.get(inbound.content.ref or "")
        if sha256(raw).hexdigest() != inbound.sha256:
            raise InvalidInput("the content is not what was accepted", delivery_id=inbound.delivery_id)
        return raw


def _checked_by_us(inbound: InboundMail) -> Evidence | None:
    if inbound.authentication is None:
        return None
    return Evidence(**inbound.authentication.model_dump(), alignment_checked=True)


def _from_base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise InvalidInput("the content is not base64") from error
