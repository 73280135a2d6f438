"""The value of a record in `mail.inbound`: what `InboundMail.write` gives, without making the models first.

It is written for every mail that comes. The models cost more than their JSON, and to look through base64 for what
JSON would escape costs more than both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.json import Encoder
from pybase64 import b64encode

from schemas.mail import Authentication, Claim
from workers.routing.received_mail import ReceivedMail, Recipient

_json = Encoder().encode


def inline_content(content: bytes) -> bytes:
    """The JSON of `Content`, for octets in the record itself."""
    return b"".join((b'{"inline":"', b64encode(content), b'","ref":null}'))


def content_at(ref: str) -> bytes:
    """The JSON of `Content`, for octets in the blob store."""
    return _json({"inline": None, "ref": ref})


def inbound_value(
    mail: ReceivedMail,
    mailbox: str,
    recipients: Sequence[Recipient],
    claim: Claim,
    *,
    delivery_id: str,
    received_at: datetime,
    message_id: str,
    sha256: str,
    content: bytes,
    authentication: Authentication | None,
) -> bytes:
    """`recipients`: those of `mailbox`. `received_at`: in UTC. `content`: of one of the functions above."""
    before = {
        "delivery_id": delivery_id,
        "ticket_id": claim.ticket_id,
        "mailbox": mailbox,
        "received_at": received_at,
        "envelope": _envelope(mail, recipients),
        "message_id": message_id,
        "size_bytes": len(mail.content),
        "sha256": sha256,
    }
    behind = {
        "claim": {"kind": claim.kind, "ticket_id": claim.ticket_id, "signed": claim.signed},
        "authentication": None if authentication is None else authentication.model_dump(),
    }
    return b"".join((_json(before)[:-1], b',"content":', content, b",", _json(behind)[1:]))


def _envelope(mail: ReceivedMail, recipients: Sequence[Recipient]) -> dict[str, object]:
    return {
        "mail_from": mail.mail_from,
        "rcpt_to": list(dict.fromkeys([recipient.address for recipient in recipients])),
        "peer": mail.peer,
        "helo": mail.helo,
        "tls": mail.tls,
        "smtp_utf8": mail.smtp_utf8,
        "ret": mail.ret,
        "envid": mail.envid,
        "dsn": [f"{recipient.address} {recipient.dsn}" for recipient in recipients if recipient.dsn],
    }
