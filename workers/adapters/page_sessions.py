"""Who is signed in to the operators' pages: a cookie that this installation's token made, and nothing else could."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from hashlib import sha256

LASTING_SECONDS = 8 * 3600
MAX_ENDED = 10_000


class Sessions:
    """A session is `expiry.nonce.mac`: any process with the same token takes it, none has to remember it.

    No token: there are no sessions. Another token ends all of them. One that was signed out is refused here, and
    at other processes of the service until it expires. `now`: Unix time.
    """

    def __init__(self, token: str | None, now: Callable[[], float]) -> None:
        self._digest = None if not token else sha256(token.encode()).digest()
        self._now = now
        self._ended: dict[str, int] = {}

    @property
    def possible(self) -> bool:
        return self._digest is not None

    def begin(self, token: str) -> str | None:
        """A cookie for whoever has the token. Compares digests in constant time."""
        given = sha256(token.encode("utf-8", "replace")).digest()
        if self._digest is None or not hmac.compare_digest(given, self._digest):
            return None
        signed = f"{int(self._now()) + LASTING_SECONDS}.{secrets.token_hex(16)}"
        return f"{signed}.{self._mac(signed)}"

    def holds(self, cookie: str) -> bool:
        signed, _, mac = cookie.rpartition(".")
        expiry, _, nonce = signed.partition(".")
        if self._digest is None or not hmac.compare_digest(_octets(mac), _octets(self._mac(signed))):
            return False
        return int(expiry) > self._now() and nonce not in self._ended

    def end(self, cookie: str) -> None:
        """Of one that holds; anything else is passed over."""
        if self.holds(cookie):
            expiry, nonce, _ = cookie.split(".")
            self._ended[nonce] = int(expiry)
            if len(self._ended) > MAX_ENDED:
                self._forget()

    def _forget(self) -> None:
        """What has expired; where that is not enough, what expires first."""
        kept = sorted(self._ended.items(), key=lambda ended: -ended[1])[: MAX_ENDED // 2]
        self._ended = {nonce: expiry for nonce, expiry in kept if expiry > self._now()}

    def _mac(self, signed: str) -> str:
        key = hmac.digest(self._digest or b"", b"stellwerk operators' pages", "sha256")
        return hmac.digest(key, signed.encode("utf-8", "replace"), "sha256").hex()


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")
