"""How sure we are that a mail is of the domain that its From names (RFC 7489 §3.1).

The evidence comes from a trusted relay's header or from our own check; without any, the level is `unknown`.
"""

from dataclasses import dataclass

from schemas.addresses import domain_of
from schemas.vocabulary import Classification, IdentityLevel


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was checked. Domains are normalised and named only where their check passed."""

    dkim_domains: tuple[str, ...] = ()
    spf_domain: str = ""
    dmarc_domain: str = ""
    dmarc_failed: bool = False
    anything_failed: bool = False


def identity_level(evidence: Evidence | None, author: str, classification: Classification) -> IdentityLevel:
    """The strongest level that the evidence gives to the author's (normalised) address.

    It must be the address that counts as the sender: where a trusted relay names another author than From, proof
    for the domain of From says nothing of that one.

    `aligned`: DMARC passed for its domain, or DKIM or SPF for a domain aligned with it. A list changes mail, so
    there its own signature is `list` even where the author's domain fails. `failed` beats a stranger's
    signature: the author's domain says that it is not theirs.
    """
    if evidence is None:
        return "unknown"
    domain = domain_of(author)
    proven = (evidence.dmarc_domain, evidence.spf_domain, *evidence.dkim_domains)
    if not evidence.dmarc_failed and any(_aligned(domain, one) for one in proven):
        return "aligned"
    if classification == "list" and (evidence.dkim_domains or evidence.spf_domain):
        return "list"
    if evidence.dmarc_failed:
        return "failed"
    if evidence.dkim_domains:
        return "dkim"
    if evidence.spf_domain:
        return "spf"
    return "failed" if evidence.anything_failed else "none"


def _aligned(author: str, proven: str) -> bool:
    """The same domain, or one below the other.

    Stricter than DMARC's relaxed mode, which needs the public suffix list: sister domains never align, and
    a single label (`com`) proves nothing.
    """
    if not author or "." not in proven or "." not in author:
        return False
    return author == proven or author.endswith(f".{proven}") or proven.endswith(f".{author}")
