"""`/v1/deliveries/{id}`, its `/content`, and `/v1/access`: routes before the one guarded door (P5)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from aiohttp import web
from pydantic import ValidationError

from schemas.delivery_door import AccessAnswer, AccessQuestion, SeenMessage, SeenStub
from schemas.identifiers import ID_PATTERN
from schemas.mail import InboundMail
from workers.adapters.http_mail_content import RAW, SAFE, Blobs, MailContent, is_part
from workers.errors import InvalidInput

_DELIVERY = re.compile(r"[0-9a-f]{32}\Z")
_VIEWER = re.compile(ID_PATTERN.removesuffix("$") + r"\Z")


class Door(Protocol):
    """`workers.processors.deliveries_door.DeliveriesDoor`."""

    async def look(self, delivery_id: str, viewer: str) -> SeenMessage | SeenStub | None: ...

    async def open(self, delivery_id: str, viewer: str) -> InboundMail | str: ...

    async def verdicts(self, delivery_ids: Sequence[str], viewer: str) -> Mapping[str, str]: ...


def delivery_routes(door: Door, blobs: Blobs) -> list[web.AbstractRouteDef]:
    """All need the token. 400 wrong use; 404 what the viewer may not know of, and what does not exist."""
    handlers = _Handlers(door, MailContent(blobs))
    return [
        web.get("/v1/deliveries/{id}", handlers.look, allow_head=False),
        web.get("/v1/deliveries/{id}/content", handlers.content, allow_head=False),
        web.post("/v1/access", handlers.access),
    ]


class _Handlers:
    def __init__(self, door: Door, content: MailContent) -> None:
        self._door = door
        self._content = content

    async def look(self, request: web.Request) -> web.StreamResponse:
        viewer, delivery_id = _viewer(request), _delivery_id(request)
        seen = await self._door.look(delivery_id, viewer)
        if seen is None:
            raise web.HTTPNotFound
        return _json(seen)

    async def content(self, request: web.Request) -> web.StreamResponse:
        """403 for those who may know of a private mail only, 410 once it is no longer kept."""
        viewer, part = _viewer(request), request.query.get("part", RAW)
        if not is_part(part):
            raise InvalidInput("part: raw, text, attachments, or the number of an attachment")
        mail = await self._door.open(_delivery_id(request), viewer)
        if isinstance(mail, InboundMail):
            return await self._content.answer(mail, part)
        raise _CLOSED[mail]

    async def access(self, request: web.Request) -> web.StreamResponse:
        try:
            question = AccessQuestion.model_validate_json(await request.read())
        except ValidationError as error:
            raise InvalidInput("viewer: a user's id; deliveries: 1 to 1000 ids of 32 hex digits") from error
        verdicts = await self._door.verdicts(question.deliveries, question.viewer)
        return _json(AccessAnswer(viewer=question.viewer, verdicts=dict(verdicts)))


_CLOSED: Mapping[str, type[web.HTTPException]] = {
    "nothing": web.HTTPNotFound,
    "existence": web.HTTPForbidden,
    "gone": web.HTTPGone,
}


def _viewer(request: web.Request) -> str:
    given = request.query.getall("viewer", [])
    if len(given) != 1 or not _VIEWER.match(given[0]):
        raise InvalidInput("viewer: the id of the user who would look")
    return given[0]


def _delivery_id(request: web.Request) -> str:
    """What is no id does not exist."""
    given = request.match_info["id"]
    if not _DELIVERY.match(given):
        raise web.HTTPNotFound
    return given


def _json(answer: SeenMessage | SeenStub | AccessAnswer) -> web.Response:
    return web.Response(body=answer.write(), content_type="application/json", headers=SAFE)
