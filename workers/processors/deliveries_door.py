"""The one guarded door to messages (P5): everybody who wants to know of one asks here, and is checked now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

from schemas.delivery_door import SeenMessage, SeenStub
from schemas.directory_view import ResolvedUser, user_field
from schemas.mail import InboundMail, Source
from schemas.vocabulary import Access
from workers.errors import DependencyUnavailable
from workers.processors.directory_lookup import DirectoryLookup
from workers.routing.message_access import GuardedMessage, access_to

DIRECTORY_SECONDS = 2.0
"""How long a change of the directory may take to reach the view before the door says: later."""

_LOOK_SECONDS = 0.05

Closed = Literal["nothing", "existence", "gone"]
"""Why a content is not handed out. `gone`: it is no longer kept; said only to those who might have read it."""


class DeliveryIndex(Protocol):
    """Where each delivery belongs. Raises `DependencyUnavailable` rather than answer from before the question."""

    async def find(self, delivery_ids: Sequence[str]) -> dict[str, GuardedMessage]:
        """Of those that are messages of a ticket, by all that `read_committed` consumers saw before the call."""
        ...

    async def source(self, delivery_id: str) -> Source | None:
        """Its record of mail.inbound; None where none is kept that long."""
        ...


class AcceptedMails(Protocol):
    """Records of mail.inbound by their place."""

    async def read(self, source: Source) -> InboundMail | None:
        """None: no longer kept. Raises `DependencyUnavailable`."""
        ...


class DeliveriesDoor:
    """Each call checks the rights as the directory is now, with one look for all that is asked.

    What a viewer may not know of and what does not exist take the same way and give the same answer. Raises
    `DependencyUnavailable` while Kafka, Redis or one of the views is not there (P6): never an answer by half.
    """

    def __init__(
        self,
        index: DeliveryIndex,
        directory: Callable[[], DirectoryLookup],
        mails: AcceptedMails,
        now: Callable[[], datetime],
        directory_seconds: float = DIRECTORY_SECONDS,
    ) -> None:
        self._index = index
        self._directory = directory
        self._mails = mails
        self._now = now
        self._directory_seconds = directory_seconds

    async def verdicts(self, delivery_ids: Sequence[str], viewer: str) -> dict[str, Access]:
        """For each of them, in their order."""
        messages, users = await self._look_up(delivery_ids, viewer)
        return {id: access_to(messages.get(id), viewer, users)[0] for id in delivery_ids}

    async def look(self, delivery_id: str, viewer: str) -> SeenMessage | SeenStub | None:
        """What the viewer may know of the message; None: nothing."""
        message, access = await self._check(delivery_id, viewer)
        if message is None or access == "nothing":
            return None
        return _whole(message) if access == "content" else _stub(message)

    async def open(self, delivery_id: str, viewer: str) -> InboundMail | Closed:
        """The mail as it was accepted, for those who may read it."""
        message, access = await self._check(delivery_id, viewer)
        if message is None or access == "nothing":
            return "nothing"
        if access != "content":
            return "existence"
        if message.tag.content_until <= self._now():
            return "gone"
        source = await self._index.source(delivery_id)
        mail = None if source is None else await self._mails.read(source)
        # another delivery's record there: the topic was made anew since
        return mail if mail is not None and mail.delivery_id == delivery_id else "gone"

    async def _check(self, delivery_id: str, viewer: str) -> tuple[GuardedMessage | None, Access]:
        messages, users = await self._look_up([delivery_id], viewer)
        message = messages.get(delivery_id)
        return message, access_to(message, viewer, users)[0]

    async def _look_up(
        self, delivery_ids: Sequence[str], viewer: str
    ) -> tuple[dict[str, GuardedMessage], dict[str, ResolvedUser]]:
        messages = await self._index.find(delivery_ids)
        return messages, await self._rights_of(viewer)

    async def _rights_of(self, viewer: str) -> dict[str, ResolvedUser]:
        """Read from a view that holds every change published before the question: also a right taken away."""
        directory = self._directory()
        await directory.acquire()
        until = asyncio.get_running_loop().time() + self._directory_seconds
        while True:
            try:
                value = (await directory.read([user_field(viewer)])).values.get(user_field(viewer))
            except DependencyUnavailable:
                if asyncio.get_running_loop().time() >= until:
                    raise
                await asyncio.sleep(_LOOK_SECONDS)
            else:
                return {} if value is None else {viewer: ResolvedUser.read(value)}


def _whole(message: GuardedMessage) -> SeenMessage:
    tag = message.tag
    return SeenMessage(
        delivery_id=tag.delivery_id,
        ticket_id=tag.ticket_id,
        ticket_revision=tag.ticket_revision,
        tag_revision=tag.tag_revision,
        received_at=tag.received_at,
        contact_id=tag.contact_id,
        classification=tag.classification,
        requires=message.ticket_requires.plus(tag.requires),
        private_to=tag.private_to,
        content_until=tag.content_until,
    )


def _stub(message: GuardedMessage) -> SeenStub:
    tag = message.tag
    return SeenStub(
        delivery_id=tag.delivery_id,
        received_at=tag.received_at,
        contact_id=tag.contact_id,
        recipient=tag.private_to,
    )
