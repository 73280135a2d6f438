"""What stands in front of a secured installation: a token endpoint, and TLS for a Valkey that was built without it.

They run in a thread of their own, for as long as the servers behind them.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import threading
from collections.abc import Coroutine
from typing import Any, Self, TypeVar
from urllib.parse import unquote

from aiohttp import web

from tests.support.secured_keys import Certificates, TokenMint

T = TypeVar("T")
_CHUNK = 64 * 1024


class Doors:
    """`clients`: id and secret of who may ask for a token; the token's user is the id.

    `token_url` and `redis_port` after the start. `asked`: the ids that were given a token, in order.
    """

    def __init__(
        self, certificates: Certificates, mint: TokenMint, clients: dict[str, str], valkey: int
    ) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificates.chain, certificates.key)
        self._mint, self._clients, self._valkey = mint, clients, valkey
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self.asked: list[str] = []
        self.token_url = ""
        self.redis_port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *exc: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _open(self) -> None:
        application = web.Application()
        application.add_routes([web.post("/token", self._give)])
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._context).start()
        self.token_url = f"https://127.0.0.1:{self._runner.addresses[0][1]}/token"
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0, ssl=self._context)
        self.redis_port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        assert self._runner is not None
        assert self._server is not None
        await self._runner.cleanup()
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _give(self, request: web.Request) -> web.Response:
        """RFC 6749 §4.4."""
        user, secret = _login(request.headers.get("Authorization", ""))
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        if self._clients.get(user) != secret:
            return web.json_response({"error": "invalid_client"}, status=401)
        self.asked.append(user)
        token = self._mint.token(user, lives_seconds=300)
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": 300})

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._valkey)
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


def _login(header: str) -> tuple[str, str]:
    """RFC 6749 §2.3.1: both parts are URL-encoded."""
    user, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return unquote(user), unquote(secret)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
