"""What strangers may send to an SMTP server, and what a session made of it, without a socket."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any, cast

from hypothesis import strategies as st

from tests.support.smtp_dialogue import lookup
from workers.adapters.smtp_admission import Admission, MemoryBudget
from workers.adapters.smtp_limits import SmtpLimits
from workers.adapters.smtp_observer import Unobserved
from workers.adapters.smtp_session import SmtpSession
from workers.adapters.smtp_shared import Accept, Screen, Shared
from workers.routing.received_mail import ReceivedMail

LIMITS = SmtpLimits(message_bytes=2000, line_bytes=500, recipients=3)
_REPLY = re.compile(rb"(?:\d{3}-[^\r\n]*\r\n)*\d{3} [^\r\n]*\r\n")
_WORDS = (
    b"EHLO client.example\r\n",
    b"HELO x\r\n",
    b"MAIL FROM:<jan@acme.test>\r\n",
    b"MAIL FROM:<> SIZE=100 BODY=8BITMIME\r\n",
    b"RCPT TO:<support@acme.example>\r\n",
    b"RCPT TO:<nobody@acme.example>\r\n",
    b"DATA\r\n",
    b"Subject: a\r\n\r\nhello\r\n",
    b"..stuffed\r\n",
    b"\r\n.\r\n",
    b".\r\n",
    b"\n.\n",
    b"\n.\r\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\r\n.\n",
    b"RSET\r\n",
    b"NOOP\n",
    b"VRFY \xff\r\n",
    b"STARTTLS\r\n",
    b"QUIT\r\n",
    b"x" * 600,
    b"y" * 5000 + b"\r\n",
)


def conversations() -> st.SearchStrategy[bytes]:
    """A client's octets: commands in any order, contents with ends of all kinds, and garbage between them."""
    known = st.sampled_from(_WORDS)
    mail = st.lists(st.sampled_from(_WORDS[7:16]), max_size=6).map(
        lambda parts: b"".join((*_WORDS[0:3:2], _WORDS[4], _WORDS[6], *parts, b"\r\n.\r\n"))
    )
    return st.lists(st.one_of(known, known, mail, st.binary(max_size=20)), max_size=25).map(b"".join)


def cuts() -> st.SearchStrategy[list[int]]:
    """Where a network may cut them."""
    return st.lists(st.integers(0, 3000), max_size=12)


def cut(octets: bytes, places: Iterable[int]) -> list[bytes]:
    ends = sorted({place for place in places if 0 < place < len(octets)} | {len(octets)})
    return [octets[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def cuts_mean_nothing(octets: bytes, places: Iterable[int]) -> None:
    """Neither answers nor what is stored depend on where packets end."""
    assert answers([octets]) == answers(cut(octets, places))


def answers_are_replies(octets: bytes) -> None:
    """Nothing else is said, and there are as many mails as `250 … Accepted`; none is too big."""
    said, mails = answers([octets])
    assert b"".join(_REPLY.findall(said)) == said
    assert len(mails) == said.count(b"250 2.0.0 Accepted")
    assert all(len(mail.content) <= LIMITS.message_bytes for mail in mails)


def answers(chunks: Sequence[bytes], failing_by: Exception | None = None) -> tuple[bytes, list[ReceivedMail]]:
    """All that the server said until the client had said everything, and what it accepted.

    `failing_by`: what storing a mail raises.
    """
    return asyncio.run(_answers(chunks, failing_by))


async def _answers(chunks: Sequence[bytes], failing_by: Exception | None) -> tuple[bytes, list[ReceivedMail]]:
    accepted: list[ReceivedMail] = []

    async def accept(mail: ReceivedMail) -> tuple[str, ...]:
        if failing_by is not None:
            raise failing_by
        accepted.append(mail)
        return ("a delivery",)

    wire = Wire()
    session = SmtpSession(shared(accept))
    session.connection_made(cast("asyncio.Transport", wire))
    for chunk in chunks:
        if not wire.closed:
            session.data_received(chunk)
            await _quiet()
    session.connection_lost(None)
    return bytes(wire.said), accepted


async def _quiet() -> None:
    """Until nothing is under way but ourselves."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
    await asyncio.sleep(0)


def shared(accept: Accept, screen: Screen = lambda _: None, limits: SmtpLimits = LIMITS) -> Shared:
    """What a server without sockets gives its sessions; on the running loop."""
    loop = asyncio.get_running_loop()
    return Shared(
        loop=loop,
        accept=accept,
        lookup=lookup,
        screen=screen,
        available=lambda: True,
        hostname="mx.acme.example",
        limits=limits,
        tls_context=None,
        observer=Unobserved(),
        admission=Admission(limits, loop.time),
        memory=MemoryBudget(limits.memory_bytes),
    )


class Wire:
    """A transport that keeps what is written. It is never full, and never told to pause."""

    def __init__(self) -> None:
        self.said = bytearray()
        self.closed = False

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 4711)

    def write(self, octets: bytes) -> None:
        self.said += octets

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...
