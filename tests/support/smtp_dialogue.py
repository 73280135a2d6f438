"""Talk SMTP as written down: `C:` lines are sent, `S:` lines are how the next reply's last line begins."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from schemas.mail import InboundMail
from tests.support.fakes_mail import FakeBlobStore, FakeInboundLog
from workers.adapters.smtp_limits import SmtpLimits
from workers.adapters.smtp_server import SmtpServer
from workers.processors.accept import AcceptMail
from workers.routing.identity import Signer
from workers.routing.mailboxes import MailboxMatch

SIGNER = Signer(b"the secret of this installation")
_REPLY_SECONDS = 10.0
_ADDRESSES = {
    "support@acme.example": "support@acme.example",
    "help@acme.example": "support@acme.example",
    "orders@acme.example": "orders@acme.example",
    "postmaster": "support@acme.example",
}


def lookup(address: str) -> MailboxMatch | None:
    """Two mailboxes, one with an alias; plus-addresses of both."""
    local, _, domain = address.casefold().rpartition("@")
    base, _, _ = local.partition("+")
    mailbox = _ADDRESSES.get(f"{base}@{domain}" if domain != address.casefold() else domain)
    tag = address.rpartition("@")[0].partition("+")[2]
    return MailboxMatch(mailbox, tag or None) if mailbox else None


@dataclass
class FrontDoor:
    """A server on loopback with fakes behind it."""

    server: SmtpServer
    log: FakeInboundLog
    blobs: FakeBlobStore
    clients: list[Client] = field(default_factory=list)

    @property
    def mails(self) -> list[InboundMail]:
        return self.log.mails

    async def client(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.server.port))
        self.clients.append(client)
        return client

    async def talk(self, dialogue: str) -> Client:
        """Open a connection and hold the dialogue; it stays open."""
        client = await self.client()
        await client.talk(dialogue)
        return client


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def talk(self, dialogue: str) -> None:
        for line in (line.strip() for line in dialogue.strip().splitlines()):
            said = (
                line[3:].encode().decode("unicode_escape").encode("latin-1")
                if "\\" in line
                else line[3:].encode()
            )
            if line.startswith("C:"):
                await self.send(said + b"\r\n")
            elif line.startswith("c:"):  # without CR LF
                await self.send(said)
            elif line == "S: (closed)":
                await self.closed()
            elif line.startswith("S:"):
                reply = await self.reply()
                assert reply[-1].startswith(said.decode()), (
                    f"{reply[-1]!r}, where {said.decode()!r} was expected"
                )

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def reply(self) -> list[str]:
        """All lines of one reply, without CR LF."""
        lines = []
        while True:
            line = await asyncio.wait_for(self.reader.readuntil(b"\r\n"), _REPLY_SECONDS)
            lines.append(line.decode("ascii").removesuffix("\r\n"))
            if line[3:4] != b"-":
                return lines

    async def greet(self) -> Client:
        await self.talk("S: 220\nC: EHLO client.example\nS: 250")
        return self

    async def send_mail(self, content: bytes, *recipients: str) -> str:
        """A transaction after the greeting; the last reply. `content` is dot-stuffed as it is: bring no dots."""
        await self.talk("C: MAIL FROM:<jan@acme.test>\nS: 250 2.1.0")
        for recipient in recipients or ("support@acme.example",):
            await self.talk(f"C: RCPT TO:<{recipient}>\nS: 250 2.1.5")
        await self.talk("C: DATA\nS: 354")
        await self.send(content + b".\r\n")
        return (await self.reply())[-1]

    async def closed(self) -> None:
        assert b"" == await asyncio.wait_for(self.reader.read(100), _REPLY_SECONDS)

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()

    def vanish(self) -> None:
        """Without a goodbye: the peer sees a reset."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@asynccontextmanager
async def front_door(
    limits: SmtpLimits | None = None,
    *,
    accept: Any = None,
    find: Callable[[str], MailboxMatch | None] = lookup,
    **options: Any,
) -> AsyncIterator[FrontDoor]:
    """`accept`: another use case than accepting into the fakes."""
    log, blobs = FakeInboundLog(), FakeBlobStore()
    server = SmtpServer(
        accept or AcceptMail(SIGNER, log, blobs), find, hostname="mx.acme.example", limits=limits, **options
    )
    await server.start()
    door = FrontDoor(server, log, blobs)
    try:
        yield door
    finally:
        log.acknowledging.set()
        for client in door.clients:
            await client.close()
        await server.stop()
