"""Whose signatures a mail bears (DKIM, RFC 6376), and who sealed it on its way (ARC, RFC 8617)."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from workers.adapters.dkim_bounds import signature_fits
from workers.adapters.dns_budget import DnsBudget
from workers.adapters.dns_lookups import DnsTrouble

MOST_SIGNATURES = 5
_MOST_SEALS = 10
_ARC_FIELDS = (b"arc-seal", b"arc-message-signature", b"arc-authentication-results")
_DOMAIN = re.compile(rb"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63}){1,20}\Z")


@dataclass(frozen=True, slots=True)
class Signed:
    """`domains`: of the signatures that hold. `failed`: one does not. `trouble`: one could not be checked."""

    domains: tuple[str, ...] = ()
    failed: bool = False
    trouble: bool = False


class SignedMail:
    """One mail; precondition: `dkim_bounds.fits`. Keys are 1,024 bits or more (RFC 8301). Never raises."""

    def __init__(self, raw: bytes, dns: DnsBudget) -> None:
        self._dns = dns
        self._raw = raw
        self._trouble = False

    def signers(self) -> Signed:
        """Of the first five signatures.

        One with `l=` covers a part of the body only, and one that does not sign From says nothing of it: neither
        counts, and neither is a failure.
        """
        try:
            mail = dkim.DKIM(self._raw, logger=_silent())
        except Exception:  # noqa: BLE001  # what dkimpy cannot read, it cannot check
            return Signed()
        fields = [value for name, value in mail.headers if name.lower() == b"dkim-signature"]
        domains, failed, trouble = [], False, False
        for place, value in enumerate(fields[:MOST_SIGNATURES]):
            domain = _signing_domain(value)
            if domain is None:
                continue
            held = self._holds(mail, place)
            trouble = trouble or self._trouble
            failed = failed or not (held or self._trouble)
            if held:
                domains.append(domain)
        return Signed(tuple(dict.fromkeys(domains)), failed, trouble)

    def sealer(self) -> str:
        """The domain of the newest seal of a chain that holds, else empty."""
        try:
            mail = dkim.ARC(self._raw, logger=_silent())
            fields = [value for name, value in mail.headers if name.lower() in _ARC_FIELDS]
            if not 3 <= len(fields) <= 3 * _MOST_SEALS or not all(map(signature_fits, fields)):
                return ""
            result, sets, _ = mail.verify(dnsfunc=self._key)
            domain = bytes(sets[0]["as-domain"]).lower() if result == dkim.CV_Pass else b""
        except Exception:  # noqa: BLE001  # also where DNS does not answer: a seal is never required
            return ""
        return domain.decode("ascii") if _DOMAIN.match(domain) else ""

    def _holds(self, mail: dkim.DKIM, place: int) -> bool:
        self._trouble = False
        try:
            return bool(mail.verify(place, dnsfunc=self._key))
        except Exception:  # noqa: BLE001  # the field is a stranger's; an unknown algorithm is like none at all
            return False

    def _key(self, name: bytes, timeout: float = 0) -> bytes | None:
        """The record of a signing key, for dkimpy; None for none, or for several (RFC 6376 §3.6.2.2)."""
        del timeout
        try:
            values = self._dns.lookup(name.decode("ascii").rstrip("."), "TXT")
        except DnsTrouble:
            self._trouble = True
            raise
        return bytes(values[0]) if len(values) == 1 else None


def _signing_domain(field: bytes) -> str | None:
    """Of a signature that could prove something, else None."""
    if not signature_fits(field):
        return None
    try:
        tags = parse_tag_value(field)
    except InvalidTagValueList:
        return None
    names = {name.strip().lower() for name in tags.get(b"h", b"").split(b":")}
    domain = tags.get(b"d", b"").lower()
    if b"l" in tags or b"from" not in names or not _DOMAIN.match(domain):
        return None
    return str(domain, "ascii")


def _silent() -> logging.Logger:
    """dkimpy logs parts of the mail."""
    logger = logging.getLogger("stellwerk.dkimpy")
    logger.disabled = True
    return logger
