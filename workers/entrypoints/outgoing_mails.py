"""Mails to send: written on the command line, or read from `.eml` files and mboxes."""

import mailbox
from collections.abc import Iterator, Sequence
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import formatdate, getaddresses, make_msgid
from pathlib import Path

from workers.adapters.smtp_client import OutgoingMail
from workers.errors import InvalidInput

_OWN_DOMAIN = "send.stellwerk.invalid"


def written_mail(
    sender: str, to: Sequence[str], subject: str, text: str, headers: Sequence[tuple[str, str]] = ()
) -> OutgoingMail:
    """A mail with these headers; `headers` beat the usual ones (`From`, `Date`, `Message-ID`, …)."""
    message = EmailMessage(policy=policy.SMTP)
    usual = {
        "From": sender,
        "To": ", ".join(to),
        "Subject": subject,
        "Date": formatdate(usegmt=True),
        "Message-ID": make_msgid(domain=_OWN_DOMAIN),
    }
    given = {name.lower() for name, _ in headers}
    for name, value in (*((n, v) for n, v in usual.items() if n.lower() not in given), *headers):
        message[name] = value
    message.set_content(text)
    return OutgoingMail(_address(sender), tuple(_address(each) for each in to), message.as_bytes())


def mails_of_file(path: Path, sender: str | None, to: Sequence[str]) -> Iterator[OutgoingMail]:
    """The mail of an `.eml` file, or all mails of an mbox (it begins with `From `), one at a time.

    Without `sender` and `to`: those of its own From, To and Cc. Raises `InvalidInput` where there is none.
    """
    for content in _contents(path):
        yield _outgoing(path, content, sender, to)


def message_id_of(mail: OutgoingMail) -> str | None:
    """For `stellwerk explain`."""
    found = _headers(mail.content).get("Message-ID")
    return None if found is None else str(found).strip()


def _contents(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            is_mbox = file.read(5) == b"From "
        if not is_mbox:
            yield path.read_bytes()
            return
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.keys():  # noqa: SIM118 - a mailbox is no mapping: iterating gives its messages
            yield box.get_bytes(key)
    finally:
        box.close()


def _outgoing(path: Path, content: bytes, sender: str | None, to: Sequence[str]) -> OutgoingMail:
    headers = _headers(content)
    named = [str(value) for name in ("To", "Cc") for value in headers.get_all(name, [])]
    recipients = tuple(to) or tuple(address for _, address in getaddresses(named) if address)
    if not recipients:
        raise InvalidInput(f"{path}: a mail names no recipient; give one with --to.")
    return OutgoingMail(_address(sender or str(headers.get("From", ""))), recipients, content)


def _headers(content: bytes) -> EmailMessage:
    headers: EmailMessage = BytesHeaderParser(policy=policy.compat32).parsebytes(content)  # type: ignore[assignment]
    return headers


def _address(text: str) -> str:
    return getaddresses([text])[0][1] if text else ""
