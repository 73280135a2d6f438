"""Mails with real signatures and seals, and the DNS records that prove them."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

import dkim
from nacl.signing import SigningKey

import tests.support
from workers.adapters.dns_lookups import Values

SELECTOR = "s1"
_RSA_FILE = Path(tests.support.__file__).parent / "tls" / "dkim_key.pem"
_RSA_PUBLIC = (
    b"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCuVCeeEsuDZyFflExiH+qsbM6lGklkUVFh1tAhVc88SAeWODOujR"
    b"dR83MzR64gHTzDcyaMux8jCV46BSplL+7Tlld74iK4dyIOaYBkSFI91R7mSQwl5LG1Hwu6KHYNTuDFNpruMsaL4f8D"
    b"tbRMqOAfAMdr459Qq5tK6RYqm7kapwIDAQAB"
)
_ED25519 = SigningKey(bytes(range(32)))

MAIL = (
    b"From: Jan <jan@acme.test>\r\nTo: support@acme.example\r\nSubject: Printer\r\n"
    b"Date: Mon, 2 Mar 2026 09:30:00 +0000\r\nMessage-ID: <1@acme.test>\r\n\r\nIt does not  print.\r\n"
)


def signed_by(domain: str, mail: bytes = MAIL, **options: Any) -> bytes:
    """The mail below a signature (RSA) of this domain."""
    relaxed = (b"relaxed", b"relaxed")
    field: bytes = dkim.sign(
        mail, SELECTOR.encode(), domain.encode(), _rsa(), **({"canonicalize": relaxed} | options)
    )
    return field + mail


def signed_with_ed25519_by(domain: str, mail: bytes = MAIL) -> bytes:
    """The same with the newer algorithm (RFC 8463)."""
    private = b64encode(bytes(_ED25519))
    field: bytes = dkim.sign(mail, b"e1", domain.encode(), private, signature_algorithm=b"ed25519-sha256")
    return field + mail


def sealed_by(domain: str, mail: bytes) -> bytes:
    """The mail below the first ARC set of its way."""
    results = b"Authentication-Results: " + domain.encode() + b"; arc=none; dkim=pass header.d=acme.test\r\n"
    fields = dkim.arc_sign(
        results + mail, SELECTOR.encode(), domain.encode(), _rsa(), domain.encode(), timestamp=1_770_000_000
    )
    return b"".join(fields) + mail


def keys_of(*domains: str) -> dict[str, Values]:
    """What these domains publish for their signatures."""
    ed25519 = b"v=DKIM1; k=ed25519; p=" + b64encode(bytes(_ED25519.verify_key))
    records: dict[str, Values] = {}
    for domain in domains:
        records[f"{SELECTOR}._domainkey.{domain} TXT"] = (b"v=DKIM1; k=rsa; p=" + _RSA_PUBLIC,)
        records[f"e1._domainkey.{domain} TXT"] = (ed25519,)
    return records


@cache
def _rsa() -> bytes:
    return _RSA_FILE.read_bytes()
