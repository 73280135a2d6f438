"""The ticket of the mail that came back: our signed id in what a bounce returns (DESIGN part 5)."""

import re
from collections.abc import Iterator

from workers.routing.identity import Signer, first_ticket
from workers.routing.mail_head import ids_in
from workers.routing.parsed_mail import ParsedMail

_MAX_IDS = 100
_QUOTED_FIELD = re.compile(
    r"^[> \t]*(message-id|reply-to|from|subject|in-reply-to|references)[ \t]*:[ \t]*(.{1,1000})$",
    re.IGNORECASE | re.MULTILINE,
)
_PLUS_TAG = re.compile(r"\+([A-Za-z0-9.-]{20,60})@")


def returned_ticket(mail: ParsedMail, mailbox: str, signer: Signer) -> str | None:
    """The first ticket proven by the returned message's headers, else by the report's own
    References or subject.

    Servers that attach nothing (qmail, Exim, Exchange) quote the message in the report's text.
    """
    for name, value in _fields(mail):
        ticket = _proven(name.lower(), value, mailbox, signer)
        if ticket is not None:
            return ticket
    return None


def _fields(mail: ParsedMail) -> Iterator[tuple[str, str]]:
    yield from mail.returned_headers
    yield from (("references", value) for value in mail.all("references"))
    yield from (("in-reply-to", value) for value in mail.all("in-reply-to"))
    if not mail.returned_headers:
        yield from ((found[1], found[2]) for found in _QUOTED_FIELD.finditer(mail.text))
    yield "subject", mail.subject


def _proven(name: str, value: str, mailbox: str, signer: Signer) -> str | None:
    if name in ("message-id", "in-reply-to", "references"):
        return first_ticket(signer.ticket_of_message_id, reversed(ids_in(value)[-_MAX_IDS:]), mailbox)
    if name in ("reply-to", "from", "sender", "return-path"):
        return first_ticket(signer.ticket_of_plus_tag, _PLUS_TAG.findall(value)[:_MAX_IDS], mailbox)
    return signer.ticket_of_subject(value, mailbox) if name == "subject" else None
