"""Certificates and tokens of a secured installation, made for one test run."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

HOSTS = ("127.0.0.1", "localhost")
AUDIENCE = "kafka"


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files. `keystore`: key and chain in one, as Kafka wants it. `other_ca`: signed none of them."""

    ca: Path
    other_ca: Path
    keystore: Path
    chain: Path
    key: Path

    @classmethod
    def make(cls, directory: Path) -> Certificates:
        authority, other = trustme.CA(), trustme.CA()
        paths = [directory / f"{name}.pem" for name in ("ca", "other-ca", "keystore", "chain", "key")]
        made = cls(*paths)
        authority.cert_pem.write_to_path(made.ca)
        other.cert_pem.write_to_path(made.other_ca)
        issued = authority.issue_cert(*HOSTS)
        key = _pkcs8(issued.private_key_pem.bytes())
        chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
        made.keystore.write_bytes(key + chain)
        made.chain.write_bytes(chain)
        made.key.write_bytes(key)
        return made


def _pkcs8(pem: bytes) -> bytes:
    key = serialization.load_pem_private_key(pem, None)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class TokenMint:
    """Signs tokens (JWT, RS256); `jwks` is the file that a broker checks them by."""

    def __init__(self, directory: Path) -> None:
        self._key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        self.jwks = directory / "jwks.json"
        self.jwks.write_text(json.dumps({"keys": [self._public_key()]}))

    def token(self, user: str, *, lives_seconds: float = 3600.0, audience: str = AUDIENCE) -> str:
        now = time.time()
        claims = {"sub": user, "aud": audience, "iat": int(now - 7200), "exp": int(now + lives_seconds)}
        signed = (
            f"{_part({'alg': 'RS256', 'kid': 'test', 'typ': 'JWT'})}.{_part({**claims, 'scope': 'kafka'})}"
        )
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64url(signature)}"

    def _public_key(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
        exponent = numbers.e.to_bytes(3, "big")
        common = {"kty": "RSA", "kid": "test", "use": "sig", "alg": "RS256"}
        return {**common, "n": _base64url(modulus), "e": _base64url(exponent)}


def _part(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value).encode())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
