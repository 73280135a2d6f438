"""DMARC without its DNS: which record counts, and what is aligned with the author's domain (RFC 7489 §3.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from schemas.addresses import domain_of
from workers.routing.address_headers import address_key, first_address

Organisation = Callable[[str], str]
"""The organisational domain of a domain (RFC 7489 §3.2); empty for a public suffix."""


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """How a domain wants its mail to be aligned. What it wants done with other mail is not asked: we route it."""

    strict_dkim: bool = False
    strict_spf: bool = False


def author_domain(from_fields: Sequence[str]) -> str | None:
    """Of the address that From names first, normalised; empty where it names none.

    None: there are several From fields. A reader may show any of them, so nothing proves who wrote (§6.6.1).
    """
    if len(from_fields) > 1:
        return None
    return domain_of(address_key(first_address(from_fields[0]))) if from_fields else ""


def dmarc_record(texts: Iterable[bytes]) -> DmarcRecord | None:
    """Of the TXT values at `_dmarc.DOMAIN`; None where there is no record, or more than one (§6.6.3)."""
    records = [tags for tags in map(_tags, texts) if tags[:1] == [("v", "DMARC1")]]
    if len(records) != 1:
        return None
    tags = dict(records[0])
    return DmarcRecord(tags.get("adkim", "r").lower() == "s", tags.get("aspf", "r").lower() == "s")


def is_aligned(
    author: str, dkim: Sequence[str], spf: str, record: DmarcRecord | None, organisation: Organisation
) -> bool:
    """Whether a proven domain stands for the author's: the same one, or one of the same organisation.

    Domains are normalised; `spf` empty: none was proven. Without a record the relaxed mode counts.
    """
    asked = record or DmarcRecord()
    by_dkim = any(_same(author, domain, asked.strict_dkim, organisation) for domain in dkim)
    return by_dkim or (bool(spf) and _same(author, spf, asked.strict_spf, organisation))


def _same(author: str, proven: str, strict: bool, organisation: Organisation) -> bool:
    if not author:
        return False
    of_author = organisation(author)
    return author == proven or (not strict and bool(of_author) and of_author == organisation(proven))


def _tags(text: bytes) -> list[tuple[str, str]]:
    parts = text.decode("ascii", "replace").split(";")
    pairs = (part.partition("=") for part in parts if part.strip())
    return [(name.strip().lower(), value.strip()) for name, _, value in pairs]
