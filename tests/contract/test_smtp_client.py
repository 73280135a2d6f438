"""Sending through a real SMTP server, and what it answers for each recipient."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from typer.testing import CliRunner

from workers.adapters.smtp_client import OutgoingMail, SmtpServer, send_all
from workers.entrypoints.cli import app
from workers.errors import DependencyUnavailable

TEXT = b"From: a@b.test\nSubject: x\n\n.a line with a dot\n"


class Mailroom:
    """Knows one domain; refuses mail that says so."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        if not address.endswith("@acme.example"):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        if b"refuse me" in content:
            return "554 5.7.1 Not this one"
        self.contents.append(content)
        return "250 2.0.0 Accepted"


@pytest.fixture
def mailroom() -> Mailroom:
    return Mailroom()


@pytest.fixture
def server(mailroom: Mailroom, unused_tcp_port: int) -> Iterator[SmtpServer]:
    controller = Controller(mailroom, hostname="127.0.0.1", port=unused_tcp_port)
    controller.start()
    yield SmtpServer("127.0.0.1", unused_tcp_port)
    controller.stop()


def a_mail(*to: str, content: bytes = TEXT) -> OutgoingMail:
    return OutgoingMail("a@b.test", to, content)


def codes(server: SmtpServer, *mails: OutgoingMail) -> list[list[int]]:
    return [[reply.code for reply in replies] for _, replies in send_all(server, mails)]


def test_each_recipient_has_its_own_reply(server: SmtpServer) -> None:
    """One of them is unknown; the mail goes to the other."""
    assert [[250, 550]] == codes(server, a_mail("s@acme.example", "x@elsewhere.test"))


def test_a_refusal_does_not_stop_the_next_mail(server: SmtpServer) -> None:
    """Over one connection: no recipient, refused content, accepted."""
    found = codes(
        server,
        a_mail("x@elsewhere.test"),
        a_mail("s@acme.example", content=TEXT + b"refuse me\n"),
        a_mail("s@acme.example"),
    )
    assert [[550], [554], [250]] == found


def test_content_arrives_as_it_is_with_network_line_ends(server: SmtpServer, mailroom: Mailroom) -> None:
    """Dots at the beginning of a line included (RFC 5321 §4.5.2)."""
    codes(server, a_mail("s@acme.example"))
    assert [TEXT.replace(b"\n", b"\r\n")] == mailroom.contents


def test_nobody_there_is_a_dependency_unavailable() -> None:
    """With the address that was tried."""
    with pytest.raises(DependencyUnavailable, match=r"127\.0\.0\.1:1 "):
        codes(SmtpServer("127.0.0.1", 1), a_mail("s@acme.example"))


def test_send_shows_a_reply_for_each_recipient(server: SmtpServer) -> None:
    """As JSON lines; exit 1 where one was refused."""
    words = ["send", "--server", f"{server.host}:{server.port}", "--from", "a@b.test", "--json"]

    result = CliRunner().invoke(app, [*words, "--to", "s@acme.example", "--to", "x@elsewhere.test"])

    assert 1 == result.exit_code
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [("s@acme.example", 250), ("x@elsewhere.test", 550)] == [(r["recipient"], r["code"]) for r in rows]
    assert 1 == len({row["message_id"] for row in rows})


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--from", "a@b.test"], 2),
        (["--to", "a@b.test"], 2),
        (["--from", "a@b.test", "--to", "a@b.test", "--server", "nonsense"], 2),
        (["--from", "a@b.test", "--to", "a@b.test", "--header", "nonsense"], 2),
        (["--from", "a@b.test", "--to", "a@b.test", "--server", "127.0.0.1:1"], 3),
    ],
)
def test_send_ends_with_the_right_code(words: list[str], code: int) -> None:
    """2 wrong use, 3 nobody there."""
    assert code == CliRunner().invoke(app, ["send", *words]).exit_code
