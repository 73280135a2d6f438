"""SPF, DKIM, DMARC and ARC of a mail that has just come: the facts behind its identity level."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

from publicsuffixlist import PublicSuffixList

from schemas.addresses import domain_of
from schemas.vocabulary import IdentityLevel
from workers.adapters.dkim_bounds import fits
from workers.adapters.dkim_check import Signed, SignedMail
from workers.adapters.dns_budget import DnsBudget
from workers.adapters.dns_lookups import DnsTrouble, Lookups
from workers.adapters.spf_check import check_spf
from workers.routing.address_headers import address_key
from workers.routing.dmarc import author_domain, dmarc_record, is_aligned
from workers.routing.identity_level import Evidence, identity_level
from workers.routing.mail_head import MailHead
from workers.routing.received_mail import ReceivedMail

_AT_ONCE = 16
_BIG_BYTES = 1024 * 1024


class MailAuthenticator:
    """`Authenticator` on threads of its own: dkimpy and pyspf wait for DNS where they are called.

    `seconds` bounds the wait for one mail, all its look-ups included. `skip`: clients that have checked before us.
    `found` is told the level of each mail that is checked, as if no list had sent it.
    One big mail is checked at a time. More than 16 mails at once: the others wait, and that counts as their time.
    """

    def __init__(
        self,
        lookups: Lookups,
        *,
        seconds: float,
        skip: Callable[[str], bool] = lambda _: False,
        found: Callable[[IdentityLevel], None] = lambda _: None,
    ) -> None:
        self._lookups = lookups
        self._seconds = seconds
        self._skip = skip
        self._found = found
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="authenticate")
        self._big = asyncio.Semaphore(1)
        self._suffixes = PublicSuffixList()

    async def check(self, mail: ReceivedMail, head: MailHead) -> Evidence | None:
        """None: nothing was found out, for want of time or because nothing should be. Never raises."""
        if self._skip(mail.peer):
            return None
        evidence = await self._in_time(mail, head)
        author = evidence.dmarc_domain if evidence else ""
        self._found(identity_level(evidence, f"@{author}", "human"))
        return evidence

    async def _in_time(self, mail: ReceivedMail, head: MailHead) -> Evidence | None:
        big = self._big if len(mail.content) > _BIG_BYTES else nullcontext()
        try:
            async with asyncio.timeout(self._seconds), big:
                loop = asyncio.get_running_loop()
                dns = DnsBudget(self._lookups, self._seconds)
                return await loop.run_in_executor(self._threads, self._evidence, mail, head, dns)
        except TimeoutError:
            return None

    def close(self) -> None:
        """Threads that still wait for DNS end within `seconds`."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _evidence(self, mail: ReceivedMail, head: MailHead, dns: DnsBudget) -> Evidence:
        sender = address_key(mail.mail_from)
        spf = check_spf(mail.peer, sender, mail.helo, dns)
        spf_domain = (domain_of(sender) or mail.helo.lower().rstrip(".")) if spf == "pass" else ""
        author = author_domain(head.values.get("from", ()))
        signed, sealer = self._signatures(mail.content, dns)
        if author is None:  # several From fields: a signature says nothing of the one that readers see
            signed = Signed(failed=signed.failed, trouble=signed.trouble)
        aligned, dmarc_failed, dmarc_trouble = self._dmarc(author or "", signed.domains, spf_domain, dns)
        return Evidence(
            dkim_domains=signed.domains,
            spf_domain=spf_domain,
            dmarc_domain=(author or "") if aligned else "",
            dmarc_failed=dmarc_failed,
            anything_failed=spf == "failed" or signed.failed,
            arc_domain=sealer,
            incomplete=spf == "trouble" or signed.trouble or dmarc_trouble,
            alignment_checked=True,
        )

    def _signatures(self, raw: bytes, dns: DnsBudget) -> tuple[Signed, str]:
        if not fits(raw):
            return Signed(trouble=True), ""
        mail = SignedMail(raw, dns)
        return mail.signers(), mail.sealer() if len(raw) <= _BIG_BYTES else ""

    def _dmarc(self, author: str, dkim: tuple[str, ...], spf: str, dns: DnsBudget) -> tuple[bool, bool, bool]:
        """(aligned, failed, trouble). Where the record cannot be had, only strict alignment is believed."""
        if not author:
            return False, False, False
        try:
            record = dmarc_record(dns.lookup(f"_dmarc.{author}", "TXT"))
            organisation = self._organisation(author)
            if record is None and organisation not in ("", author):
                record = dmarc_record(dns.lookup(f"_dmarc.{organisation}", "TXT"))
        except DnsTrouble:
            return author in (*dkim, spf), False, True
        aligned = is_aligned(author, dkim, spf, record, self._organisation)
        return aligned, record is not None and not aligned, False

    def _organisation(self, domain: str) -> str:
        return self._suffixes.privatesuffix(domain) or ""
