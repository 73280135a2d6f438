"""What rules may look at of a mail. Also known, but for the last three, while the SMTP client waits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from schemas.mail import EnrichedMail


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
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in mail.headers:
        headers[name.lower()] = (*headers.get(name.lower(), ()), value)
    return RuleFacts(
        mail_from=mail.envelope.mail_from,
        helo=mail.envelope.helo,
        peer=parse_peer(mail.envelope.peer),
        tls=mail.envelope.tls,
        sender=mail.sender.address,
        recipients=mail.envelope.rcpt_to,
        mailbox=mail.mailbox,
        subject=mail.subject,
        headers=headers,
        text=mail.text,
        attachment_names=tuple(attachment.name for attachment in mail.attachments),
        size_bytes=mail.size_bytes,
        classification=mail.classification,
        identity_level=mail.identity_level,
        sender_known=mail.sender.contact_id is not None,
        sender_groups=frozenset(group.group_id for group in mail.groups),
    )


@lru_cache(maxsize=4_096)
def parse_peer(text: str) -> IPv4Address | IPv6Address | None:
    """The client's address; an IPv4 address inside IPv6 is the IPv4 one. None for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
