"""What rules may look at of a mail. Also known, but for the last three, while the SMTP client waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from schemas.mail import Attachment, EnrichedMail, Envelope
from workers.routing.address_headers import address_key


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """Addresses are normalised; `headers` maps lower-case names to all values, in the mail's order.

    `peer` None: not an IP address. `size_bytes` is of the raw mail.
    """

    mail_from: str
    helo: str
    peer: IPv4Address | IPv6Address | None
    tls: bool
    sender: str
    recipients: tuple[str, ...]
    mailbox: str
    subject: str
    headers: dict[str, tuple[str, ...]]
    text: str
    attachment_names: tuple[str, ...]
    size_bytes: int
    classification: str
    identity_level: str = ""
    sender_known: bool = False
    sender_groups: frozenset[str] = frozenset()


def facts_of(mail: EnrichedMail) -> RuleFacts:
    """The facts of an enriched mail."""
    facts = facts_at_smtp(
        mail.envelope,
        mail.mailbox,
        sender=mail.sender.address,
        subject=mail.subject,
        headers=mail.headers,
        text=mail.text,
        attachments=mail.attachments,
        size_bytes=mail.size_bytes,
        classification=mail.classification,
    )
    return replace(
        facts,
        identity_level=mail.identity_level,
        sender_known=mail.sender.contact_id is not None,
        sender_groups=frozenset(group.group_id for group in mail.groups),
    )


def facts_at_smtp(
    envelope: Envelope,
    mailbox: str,
    *,
    sender: str,
    subject: str,
    headers: Iterable[tuple[str, str]],
    text: str,
    attachments: Iterable[Attachment],
    size_bytes: int,
    classification: str,
) -> RuleFacts:
    """What is known without the directory."""
    by_name: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        by_name[name.lower()] = (*by_name.get(name.lower(), ()), value)
    return RuleFacts(
        mail_from=_comparable(envelope.mail_from),
        helo=envelope.helo,
        peer=parse_peer(envelope.peer),
        tls=envelope.tls,
        sender=sender,
        recipients=tuple(_comparable(recipient) for recipient in envelope.rcpt_to),
        mailbox=mailbox,
        subject=subject,
        headers=by_name,
        text=text,
        attachment_names=tuple(attachment.name for attachment in attachments),
        size_bytes=size_bytes,
        classification=classification,
    )


def _comparable(address: str) -> str:
    """Normalised where it is an address; the null sender and a bare postmaster stay what they are."""
    return address_key(address) or address.casefold()


@lru_cache(maxsize=4_096)
def parse_peer(text: str) -> IPv4Address | IPv6Address | None:
    """The client's address; an IPv4 address inside IPv6 is the IPv4 one. None for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
