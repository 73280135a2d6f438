"""A mail's content as an HTTP answer: octets of strangers, which no browser may take for a page of ours."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from typing import Protocol
from urllib.parse import quote

from aiohttp import web

from schemas.mail import InboundMail
from workers.adapters.mail_parts import attachment_of, attachments_of, text_of
from workers.errors import InvalidInput

RAW, TEXT, ATTACHMENTS = "raw", "text", "attachments"
_NUMBER = re.compile(r"[0-9]{1,3}\Z")
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}\Z")
_DECODED_AT_ONCE = 2
SAFE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class Blobs(Protocol):
    """Big contents: whole or in pieces. `InvalidInput` where one is lost, `DependencyUnavailable`."""

    async def get(self, ref: str) -> bytes: ...

    def stream(self, ref: str) -> AsyncIterator[bytes]: ...


def is_part(part: str) -> bool:
    """`raw`, `text`, `attachments`, or an attachment's number from 0."""
    return part in (RAW, TEXT, ATTACHMENTS) or _NUMBER.match(part) is not None


class MailContent:
    """Raw mail leaves in pieces and bounded memory; decoding takes the whole mail, so few at a time."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._turns = asyncio.Semaphore(_DECODED_AT_ONCE)

    async def answer(self, mail: InboundMail, part: str) -> web.StreamResponse:
        """404 for an attachment that it does not have, 410 where its blob is lost."""
        try:
            return await (self._raw(mail) if part == RAW else self._decoded(mail, part))
        except InvalidInput as error:
            raise web.HTTPGone from error

    async def _raw(self, mail: InboundMail) -> web.StreamResponse:
        headers = {**SAFE, "Content-Disposition": f'attachment; filename="{mail.delivery_id}.eml"'}
        if mail.content.ref is None:
            return web.Response(body=_inline(mail), content_type="message/rfc822", headers=headers)
        pieces = self._blobs.stream(mail.content.ref)
        first = await anext(pieces, b"")  # before the status: a blob that is lost is an answer of its own
        headers |= {"Content-Length": str(mail.size_bytes)}
        return web.Response(body=_all(first, pieces), content_type="message/rfc822", headers=headers)

    async def _decoded(self, mail: InboundMail, part: str) -> web.StreamResponse:
        async with self._turns:
            raw = _inline(mail) if mail.content.ref is None else await self._blobs.get(mail.content.ref)
            if part == TEXT:
                return web.Response(text=await asyncio.to_thread(text_of, raw), headers=SAFE)
            if part == ATTACHMENTS:
                listed = await asyncio.to_thread(attachments_of, raw)
                return web.json_response([each.model_dump() for each in listed], headers=SAFE)
            return await _attachment(raw, int(part))


async def _attachment(raw: bytes, number: int) -> web.Response:
    found = await asyncio.to_thread(attachment_of, raw, number)
    if found is None:
        raise web.HTTPNotFound
    known = _TYPE.match(found.content_type) and not found.content_type.startswith("multipart/")
    return web.Response(
        body=found.content,
        content_type=found.content_type if known else "application/octet-stream",
        headers={**SAFE, "Content-Disposition": f"attachment; filename*=UTF-8''{_quoted(found.name)}"},
    )


def _quoted(name: str) -> str:
    """RFC 8187: nothing of a stranger's name but letters, digits and percent signs reaches the header."""
    return quote(name.encode("utf-8", "replace") or b"attachment", safe="")


def _inline(mail: InboundMail) -> bytes:
    return base64.b64decode(mail.content.inline or "")


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
