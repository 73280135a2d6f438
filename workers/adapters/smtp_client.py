"""Sending mail through SMTP, and what the server answered for each recipient."""

import re
import smtplib
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from workers.errors import DependencyUnavailable

_LINE_END = re.compile(rb"\r\n|\r|\n")
_ACCEPTED = range(200, 300)


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """`content` are the octets as they go over the wire, without dot-stuffing; any line ends."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """The server's last word on one recipient: to RCPT, or to DATA where RCPT was accepted."""

    recipient: str
    code: int
    text: str

    @property
    def accepted(self) -> bool:
        return self.code in _ACCEPTED


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to send. `starttls` checks the server's certificate against `ca_file`, else the system's."""

    host: str
    port: int
    starttls: bool = False
    ca_file: str | None = None
    helo: str = "stellwerk-send.invalid"
    timeout_seconds: float = 60.0


def send_all(server: SmtpServer, mails: Iterable[OutgoingMail]) -> Iterator[tuple[OutgoingMail, list[Reply]]]:
    """Send one after another over one connection, and give each one's replies as they come. Blocks.

    Raises `DependencyUnavailable` where nobody answers or the connection breaks: what was not given is not known.
    """
    with _failures(server), _connected(server) as client:
        for mail in mails:
            yield mail, _send(client, mail)


def _send(client: smtplib.SMTP, mail: OutgoingMail) -> list[Reply]:
    code, text = client.mail(mail.mail_from, _options(client, mail))
    if code not in _ACCEPTED:
        client.rset()
        return [_reply(recipient, code, text) for recipient in mail.rcpt_to]
    replies = [_reply(recipient, *client.rcpt(recipient)) for recipient in mail.rcpt_to]
    if not any(reply.accepted for reply in replies):
        client.rset()
        return replies
    code, text = client.data(_LINE_END.sub(b"\r\n", mail.content))
    return [_reply(reply.recipient, code, text) if reply.accepted else reply for reply in replies]


def _options(client: smtplib.SMTP, mail: OutgoingMail) -> Sequence[str]:
    """SIZE lets the server refuse before the content; 8BITMIME and SMTPUTF8 where the mail needs them."""
    options = []
    if client.has_extn("size"):
        options.append(f"SIZE={len(mail.content)}")
    if client.has_extn("8bitmime") and not mail.content.isascii():
        options.append("BODY=8BITMIME")
    if client.has_extn("smtputf8") and not "".join((mail.mail_from, *mail.rcpt_to)).isascii():
        client.command_encoding = "utf-8"
        options.append("SMTPUTF8")
    return options


def _reply(recipient: str, code: int, text: bytes) -> Reply:
    return Reply(recipient, code, text.decode("utf-8", "replace"))


@contextmanager
def _connected(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(server.host, server.port, server.helo, server.timeout_seconds) as client:
        client.ehlo_or_helo_if_needed()
        if server.starttls:
            client.starttls(context=ssl.create_default_context(cafile=server.ca_file))
            client.ehlo()
        yield client


@contextmanager
def _failures(server: SmtpServer) -> Iterator[None]:
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        raise DependencyUnavailable(
            f"SMTP at {server.host}:{server.port} failed ({type(error).__name__}: {error}). Is `stellwerk up` or "
            "`stellwerk smtp` running there? Another address: --server HOST:PORT."
        ) from error
