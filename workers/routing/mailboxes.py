"""Which mailbox an envelope recipient means."""

from dataclasses import dataclass

from schemas.addresses import domain_of, normal_address
from schemas.policy import Policy


@dataclass(frozen=True, slots=True)
class MailboxMatch:
    """`plus_tag`: what stood between the first `+` and the `@`, as the client wrote it (case kept)."""

    mailbox: str
    plus_tag: str | None = None


def find_mailbox(policy: Policy, rcpt: str) -> MailboxMatch | None:
    """The mailbox of an RCPT address, None where we do not accept mail for it.

    First of: the address itself (mailbox, then alias), the address without its `+tag`, the catch-all for the
    domains of our mailboxes. A bare `postmaster` (RFC 5321 §4.5.1) is the postmaster of any of our domains.
    """
    try:
        address = normal_address(rcpt if "@" in rcpt else _bare_postmaster(policy, rcpt))
    except ValueError:
        return None
    found = policy.mailbox_addresses.get(address)
    return MailboxMatch(found) if found else _by_plus_address(policy, rcpt) or _caught(policy, address)


def _bare_postmaster(policy: Policy, rcpt: str) -> str:
    if rcpt.strip().casefold() != "postmaster":
        return rcpt
    return min((a for a in policy.mailbox_addresses if a.startswith("postmaster@")), default=rcpt)


def _by_plus_address(policy: Policy, rcpt: str) -> MailboxMatch | None:
    local, _, domain = rcpt.strip().rpartition("@")
    base, plus, tag = local.partition("+")
    if not plus or not base:
        return None
    found = policy.mailbox_addresses.get(normal_address(f"{base}@{domain}"))
    return MailboxMatch(found, tag) if found else None


def _caught(policy: Policy, address: str) -> MailboxMatch | None:
    ours = {domain_of(known) for known in policy.mailbox_addresses}
    if domain_of(address) not in ours:
        return None
    found = next((own for own, mailbox in policy.mailboxes.items() if mailbox.catch_all), None)
    return MailboxMatch(found) if found else None
