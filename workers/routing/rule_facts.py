"""What rules may look at of a mail. Also known, but for the last three, while the SMTP client waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from schemas.mail import Attachment, EnrichedMail, Envelope, GroupVia
from workers.routing.address_headers import address_key


@dataclass(eq=False)  # frozen, it would cost as much as the rules
class RuleFacts:
    """Never changed. Addresses are normalised. What has to be worked out is, when the first rule asks for it.

    `size_bytes` is of the raw mail.
    """

    envelope: Envelope
    mailbox: str
    sender: str
    subject: str
    all_headers: Iterable[tuple[str, str]]
    text: str
    attachments: Iterable[Attachment]
    size_bytes: int
    classification: str
    identity_level: str = ""
    sender_known: bool = False
    groups: tuple[GroupVia, ...] = ()

    @property
    def helo(self) -> str:
        return self.envelope.helo

    @property
    def tls(self) -> bool:
        return self.envelope.tls

    @property
    def mail_from(self) -> str:
        return _comparable(self.envelope.mail_from)

    @property
    def peer(self) -> IPv4Address | IPv6Address | None:
        """None: not an IP address."""
        return parse_peer(self.envelope.peer)

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        return tuple(_comparable(recipient) for recipient in self.envelope.rcpt_to)

    @cached_property
    def headers(self) -> dict[str, tuple[str, ...]]:
        """Lower-case names, each with all its values in the mail's order."""
        by_name: dict[str, tuple[str, ...]] = {}
        for name, value in self.all_headers:
            lower = name.lower()
            by_name[lower] = (*by_name.get(lower, ()), value)
        return by_name

    @cached_property
    def attachment_names(self) -> tuple[str, ...]:
        return tuple(attachment.name for attachment in self.attachments)

    @cached_property
    def sender_groups(self) -> frozenset[str]:
        return frozenset(group.group_id for group in self.groups)


def facts_of(mail: EnrichedMail) -> RuleFacts:
    """The facts of an enriched mail."""
    return RuleFacts(
        mail.envelope,
        mail.mailbox,
        mail.sender.address,
        mail.subject,
        mail.headers,
        mail.text,
        mail.attachments,
        mail.size_bytes,
        mail.classification,
        mail.identity_level,
        mail.sender.contact_id is not None,
        mail.groups,
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
    return RuleFacts(
        envelope,
        mailbox,
        sender,
        subject,
        tuple(headers),
        text,
        tuple(attachments),
        size_bytes,
        classification,
    )


@lru_cache(maxsize=8_192)
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
