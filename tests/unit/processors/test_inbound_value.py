"""The value that is written directly is the model's, octet for octet."""

from datetime import UTC, datetime
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st
from pybase64 import b64encode

from schemas.mail import Authentication, Claim, Content, Envelope, InboundMail
from workers.processors.inbound_value import content_at, inbound_value, inline_content
from workers.routing.received_mail import ReceivedMail, Recipient

TEXTS = st.text(max_size=20)
RECIPIENTS = st.lists(st.builds(Recipient, TEXTS, st.just("m"), st.none(), TEXTS), max_size=4)
MAILS = st.builds(
    ReceivedMail,
    mail_from=TEXTS,
    recipients=RECIPIENTS.map(tuple),
    content=st.binary(max_size=200),
    peer=TEXTS,
    helo=TEXTS,
    tls=st.booleans(),
    smtp_utf8=st.booleans(),
    ret=st.none() | TEXTS,
    envid=st.none() | TEXTS,
)
CLAIMS = st.builds(Claim, kind=TEXTS, ticket_id=TEXTS, signed=st.booleans())
AUTHENTICATIONS = st.none() | st.builds(
    Authentication, dkim_domains=st.lists(TEXTS, max_size=3).map(tuple), spf_domain=TEXTS
)
TIMES = st.datetimes(timezones=st.just(UTC))


@given(
    mail=MAILS,
    mailbox=TEXTS,
    claim=CLAIMS,
    received_at=TIMES,
    message_id=TEXTS,
    ref=st.none() | TEXTS,
    authentication=AUTHENTICATIONS,
)
def test_the_value_is_what_the_model_writes(
    mail: ReceivedMail,
    mailbox: str,
    claim: Claim,
    received_at: datetime,
    message_id: str,
    ref: str | None,
    authentication: Authentication | None,
) -> None:
    """Whatever octets and signs a client sends, and for each field."""
    digest = sha256(mail.content).hexdigest()
    model = InboundMail(
        delivery_id="d",
        ticket_id=claim.ticket_id,
        mailbox=mailbox,
        received_at=received_at,
        envelope=_envelope(mail),
        message_id=message_id,
        size_bytes=len(mail.content),
        sha256=digest,
        content=Content(inline=b64encode(mail.content).decode()) if ref is None else Content(ref=ref),
        claim=claim,
        authentication=authentication,
    )
    value = inbound_value(
        mail,
        mailbox,
        mail.recipients,
        claim,
        delivery_id="d",
        received_at=received_at,
        message_id=message_id,
        sha256=digest,
        content=inline_content(mail.content) if ref is None else content_at(ref),
        authentication=authentication,
    )
    assert model.write() == value


def _envelope(mail: ReceivedMail) -> Envelope:
    return Envelope(
        mail_from=mail.mail_from,
        rcpt_to=tuple(dict.fromkeys(recipient.address for recipient in mail.recipients)),
        peer=mail.peer,
        helo=mail.helo,
        tls=mail.tls,
        smtp_utf8=mail.smtp_utf8,
        ret=mail.ret,
        envid=mail.envid,
        dsn=tuple(f"{each.address} {each.dsn}" for each in mail.recipients if each.dsn),
    )
