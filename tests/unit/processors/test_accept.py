"""Accepting: what a mail becomes in `mail.inbound`."""

from datetime import UTC, datetime

import pytest

from schemas.cloudevents import header
from schemas.mail import Authentication
from tests.support.builders import raw_mail
from tests.support.fakes_mail import FakeBlobStore, FakeInboundLog
from tests.support.fakes_work import MAIL_TRACE, FakeTracing, FakeWork
from workers.errors import DependencyUnavailable
from workers.processors.accept import AcceptMail, Authenticator
from workers.routing.identity import Signer
from workers.routing.identity_level import Evidence
from workers.routing.mail_head import MailHead
from workers.routing.received_mail import MailLoop, ReceivedMail, Recipient
from workers.work_ports import Place

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TO_SUPPORT = Recipient("Help@acme.example", "support@acme.example", dsn="NOTIFY=NEVER")
TO_ORDERS = Recipient("orders@acme.example", "orders@acme.example")


def _mail(*recipients: Recipient, content: bytes = b"") -> ReceivedMail:
    return ReceivedMail(
        mail_from="jan@acme.test",
        recipients=recipients or (TO_SUPPORT,),
        content=content or raw_mail(),
        peer="192.0.2.7",
    )


def _accept(
    log: FakeInboundLog,
    blobs: FakeBlobStore | None = None,
    authenticator: Authenticator | None = None,
    told: FakeWork | None = None,
) -> AcceptMail:
    return AcceptMail(
        Signer(b"the secret of this installation"),
        log,
        blobs or FakeBlobStore(),
        authenticator=authenticator,
        inline_limit_bytes=1000,
        now=lambda: NOW,
        event_id=lambda: "an-id",
        tracing=FakeTracing(),
        work=told or FakeWork(),
    )


async def test_a_delivery_is_keyed_by_the_ticket_that_it_claims() -> None:
    """With CloudEvents headers of the same ticket, and the trace of its mail."""
    log = FakeInboundLog()
    (delivery_id,) = await _accept(log)(_mail())
    (record,), (mail,) = log.records, log.mails
    assert delivery_id == mail.delivery_id
    assert mail.ticket_id.encode() == record.key
    assert mail.ticket_id == header(record.headers, "ce_subject") == header(record.headers, "ce_partitionkey")
    assert "stellwerk.mail.inbound.v1" == header(record.headers, "ce_type")
    assert "2026-03-02T09:30:00.000Z" == header(record.headers, "ce_time")
    assert MAIL_TRACE.child(delivery_id).write() == header(record.headers, "traceparent")


async def test_dsn_parameters_are_carried_with_their_address() -> None:
    """RFC 3461."""
    log = FakeInboundLog()
    await _accept(log)(_mail())
    assert ("Help@acme.example NOTIFY=NEVER",) == log.mails[0].envelope.dsn


async def test_the_same_mail_has_the_same_id_and_a_forged_message_id_another() -> None:
    """Or an attacker could make us swallow a victim's mail as a duplicate."""
    accept = _accept(FakeInboundLog())
    (first,) = await accept(_mail())
    (again,) = await accept(_mail())
    (forged,) = await accept(_mail(content=raw_mail(sender="Eve <eve@evil.test>")))
    assert first == again
    assert first != forged


async def test_each_mailbox_gets_its_own_delivery_in_one_append() -> None:
    """All or, when the log fails, an answer that says: again."""
    log = FakeInboundLog()
    ids = await _accept(log)(_mail(TO_SUPPORT, TO_ORDERS, TO_SUPPORT))
    assert 2 == len(set(ids)) == len(log.records)
    assert 1 == log.appends_begun


async def test_big_content_is_in_the_blob_store_before_it_is_in_the_log() -> None:
    """A store that is full leaves nothing in the log."""
    log, blobs = FakeInboundLog(), FakeBlobStore()
    blobs.full = True
    with pytest.raises(DependencyUnavailable):
        await _accept(log, blobs)(_mail(content=raw_mail(body="x" * 2000)))
    assert 0 == log.appends_begun


async def test_a_mail_of_more_than_100_hops_is_a_loop() -> None:
    """And 100 are not."""
    accept = _accept(FakeInboundLog())
    await accept(_mail(content=b"Received: x\r\n" * 100 + raw_mail()))
    with pytest.raises(MailLoop):
        await accept(_mail(content=b"Received: x\r\n" * 101 + raw_mail()))


class _Authenticator:
    """Finds this; None: nothing."""

    def __init__(self, found: Evidence | None) -> None:
        self.found = found

    async def check(self, mail: ReceivedMail, head: MailHead) -> Evidence | None:
        return self.found


async def test_what_dns_says_of_the_sender_now_is_a_fact_of_the_mail() -> None:
    """It is decided by that, whenever it is decided."""
    log = FakeInboundLog()
    found = Evidence(dkim_domains=("acme.test",), dmarc_domain="acme.test", alignment_checked=True)
    await _accept(log, authenticator=_Authenticator(found))(_mail())
    await _accept(log, authenticator=_Authenticator(None))(_mail())
    proven, unknown = log.mails
    assert Authentication(dkim_domains=("acme.test",), dmarc_domain="acme.test") == proven.authentication
    assert unknown.authentication is None


async def test_what_was_accepted_is_told_once_it_is_durable() -> None:
    """One work for each delivery, caused by that of the mail."""
    log, told = FakeInboundLog(), FakeWork()
    ids = await _accept(log, told=told)(_mail(TO_SUPPORT, TO_ORDERS))
    first, second, mail = told.work
    assert [*ids] == [first.ids["delivery_id"], second.ids["delivery_id"]]
    assert (Place("mail.inbound", 0, 1), "accept") == (second.place, second.stage)
    assert {MAIL_TRACE} == {first.parent, second.parent, mail.trace}
    assert ("receive", "accepted", {}) == (mail.stage, mail.outcome, dict(mail.ids))


async def test_a_mail_that_must_be_tried_again_is_told_as_deferred() -> None:
    """And none of its deliveries."""
    log, told = FakeInboundLog(), FakeWork()
    log.available = False
    with pytest.raises(DependencyUnavailable):
        await _accept(log, told=told)(_mail())
    assert [("receive", "deferred")] == [(each.stage, each.outcome) for each in told.work]
