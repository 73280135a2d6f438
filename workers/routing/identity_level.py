"""How sure we are that a mail is of the domain that its From names (RFC 7489 §3.1).

The evidence comes from a trusted relay's header or from our own check; without any, the level is `unknown`.
"""

from dataclasses import dataclass

from schemas.addresses import domain_of
from schemas.vocabulary import Classification, IdentityLevel


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was checked. Domains are normalised and named only where their check passed.

    `dmarc_domain`: the author's, where its DMARC passed, or where it publishes none and is aligned all the same.
    `arc_domain`: who sealed last. `incomplete`: DNS did not answer something that would have mattered.
    `alignment_checked`: `dmarc_domain` is all that is aligned, as we looked it up ourselves.
    """

    dkim_domains: tuple[str, ...] = ()
    spf_domain: str = ""
    dmarc_domain: str = ""
    dmarc_failed: bool = False
    anything_failed: bool = False
    arc_domain: str = ""
    incomplete: bool = False
    alignment_checked: bool = False


def identity_level(evidence: Evidence | None, author: str, classification: Classification) -> IdentityLevel:
    """The strongest level that the evidence gives to the author's (normalised) address.

    It must be the address that counts as the sender: where a trusted relay names another author than From, proof
    for the domain of From says nothing of that one.

    `aligned`: DMARC passed for its domain, or DKIM or SPF for a domain aligned with it. A list changes mail, so
    there its own signature or seal is `list` even where the author's domain fails. `failed` beats a stranger's
    signature: the author's domain says that it is not theirs. What DNS kept from us may have been any of the
    lesser ones: then the level is `unknown`.
    """
    if evidence is None:
        return "unknown"
    domain = domain_of(author)
    if not evidence.dmarc_failed and _proves(evidence, domain):
        return "aligned"
    if classification == "list" and (evidence.dkim_domains or evidence.spf_domain or evidence.arc_domain):
        return "list"
    return "unknown" if evidence.incomplete else _unaligned(evidence)


def _unaligned(evidence: Evidence) -> IdentityLevel:
    if evidence.dmarc_failed:
        return "failed"
    if evidence.dkim_domains:
        return "dkim"
    if evidence.spf_domain:
        return "spf"
    return "failed" if evidence.anything_failed else "none"


def _proves(evidence: Evidence, domain: str) -> bool:
    if evidence.alignment_checked:
        return bool(domain) and domain == evidence.dmarc_domain
    proven = (evidence.dmarc_domain, evidence.spf_domain, *evidence.dkim_domains)
    return any(_aligned(domain, one) for one in proven)


def _aligned(author: str, proven: str) -> bool:
    """The same domain, or one below the other: for what a relay found without DMARC.

    Stricter than DMARC's relaxed mode (`workers.routing.dmarc`), which needs the public suffix list: sister
    domains never align, and a single label (`com`) proves nothing.
    """
    if not author or "." not in proven or "." not in author:
        return False
    return author == proven or author.endswith(f".{proven}") or proven.endswith(f".{author}")
