"""Bearer tokens for Kafka (SASL/OAUTHBEARER, RFC 7628), from a token endpoint or from a file."""

import asyncio
import json
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from aiokafka.abc import AbstractTokenProvider

from workers.adapters.no_token import NoToken

ASK_SECONDS = 10.0
USED_SHARE = 0.8
"""Of a token's life: a new one is asked for while the old one still works."""
WITHOUT_EXPIRY_SECONDS = 60.0
TRY_AGAIN_SECONDS = 5.0
MAX_BYTES = 65_536
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")  # RFC 6749 §5.2


@dataclass(frozen=True, slots=True)
class _Token:
    """Times are of the monotonic clock."""

    value: str
    refresh_at: float
    expires_at: float


class EndpointTokens(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka is untyped
    """The client credentials grant (RFC 6749 §4.4, login as in §2.3.1). All clients of a process share its token.

    A token is asked for at the first connection, and again when 80 % of its life are over; while the endpoint is
    away the old one is used to its end. Raises `NoToken` when there is none.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str,
        *,
        tls: ssl.SSLContext,
        scope: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        login = aiohttp.encode_basic_auth(quote(client_id, safe=""), quote(client_secret, safe=""))
        self._headers = {"Authorization": login, "Accept": "application/json"}
        self._form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
        self._tls = tls
        self._clock = clock
        self._token: _Token | None = None
        self._turn: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    async def token(self) -> str:
        async with self._one_at_a_time():
            held = self._token
            if held is None or self._clock() >= held.refresh_at:
                held = self._token = await self._renewed(held)
            return held.value

    async def _renewed(self, held: _Token | None) -> _Token:
        try:
            return await self._ask()
        except NoToken:
            now = self._clock()
            if held is None or now >= held.expires_at:
                raise
            return _Token(held.value, min(now + TRY_AGAIN_SECONDS, held.expires_at), held.expires_at)

    async def _ask(self) -> _Token:
        timeout = aiohttp.ClientTimeout(total=ASK_SECONDS)
        asked_at = self._clock()
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    self._url, data=self._form, headers=self._headers, ssl=self._tls, allow_redirects=False
                ) as answer,
            ):
                body = _json(await _beginning(answer.content))
                if answer.status != 200:
                    raise NoToken(_refusal(answer.status, body))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NoToken(_unreachable(error)) from error
        return _as_token(body, asked_at)

    def _one_at_a_time(self) -> asyncio.Lock:
        """A command may run several event loops, one after the other."""
        loop = asyncio.get_running_loop()
        if self._turn is None or self._turn[0] is not loop:
            self._turn = loop, asyncio.Lock()
        return self._turn[1]


class FileTokens(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka is untyped
    """The token that the file holds now: read at each connection, since somebody else renews it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def token(self) -> str:
        try:
            text = await asyncio.to_thread(_first_bytes, self._path)
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise NoToken(
                f"STELLWERK_KAFKA__OAUTH_TOKEN_FILE: {self._path} cannot be read ({why}); check path and rights"
            ) from error
        if not text:
            raise NoToken(f"STELLWERK_KAFKA__OAUTH_TOKEN_FILE: {self._path} is empty")
        return text


def _first_bytes(path: Path) -> str:
    with path.open("rb") as opened:
        return opened.read(MAX_BYTES).decode("ascii").strip()


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """At most so much of an answer: no token is larger."""
    read = b""
    while len(read) < MAX_BYTES and (chunk := await content.read(MAX_BYTES)):
        read += chunk
    return read


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _as_token(body: dict[str, Any], asked_at: float) -> _Token:
    value, seconds = body.get("access_token"), body.get("expires_in")
    if not isinstance(value, str) or not value or not value.isascii():
        raise NoToken("STELLWERK_KAFKA__OAUTH_TOKEN_URL answered without a token; is it the token endpoint?")
    try:
        life = float(seconds) if seconds is not None else WITHOUT_EXPIRY_SECONDS
    except (TypeError, ValueError):
        life = WITHOUT_EXPIRY_SECONDS
    return _Token(value, asked_at + USED_SHARE * life, asked_at + life)


def _refusal(status: int, body: dict[str, Any]) -> str:
    code = str(body.get("error", ""))
    why = f", {code}" if _ERROR_CODE.fullmatch(code) else ""
    return (
        f"STELLWERK_KAFKA__OAUTH_TOKEN_URL answered {status}{why}: check STELLWERK_KAFKA__OAUTH_CLIENT_ID, "
        "STELLWERK_KAFKA__OAUTH_CLIENT_SECRET and STELLWERK_KAFKA__OAUTH_SCOPE"
    )


def _unreachable(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return (
            "the certificate of STELLWERK_KAFKA__OAUTH_TOKEN_URL is not trusted: set STELLWERK_KAFKA__OAUTH_CA to "
            "the PEM file of its CA"
        )
    return (
        f"STELLWERK_KAFKA__OAUTH_TOKEN_URL does not answer ({type(error).__name__}): is the address right, and can "
        "this machine reach it?"
    )
