"""250 means stored; everything uncertain is 4xx (P1, P6)."""

import asyncio
from base64 import b64decode

import pytest

from tests.support.builders import raw_mail
from tests.support.eventually import eventually
from tests.support.smtp_dialogue import SIGNER, front_door
from workers.adapters.smtp_limits import SmtpLimits
from workers.errors import DependencyUnavailable
from workers.routing.mailboxes import MailboxMatch
from workers.routing.received_mail import ReceivedMail

MAIL = raw_mail()
NEUTRAL = "451 4.3.0 Temporary failure, try again later"


async def test_250_waits_for_the_acknowledgement() -> None:
    """Given a slow broker, then there is no answer before it has acknowledged."""
    async with front_door() as door:
        door.log.acknowledging.clear()
        client = await (await door.client()).greet()
        sending = asyncio.create_task(client.send_mail(MAIL))
        await eventually(lambda: door.log.appends_begun == 1)
        assert not sending.done()
        door.log.acknowledging.set()
        assert (await sending).startswith("250 2.0.0")
        assert 1 == len(door.mails)


async def test_what_is_stored_is_what_was_sent_octet_by_octet() -> None:
    """8 bit, NUL, bare CR and LF, long lines, no final text: after dot-unstuffing nothing is added or changed."""
    contents = [
        b"\r\n",
        b"no header at all\r\n",
        raw_mail(body=b"\xff\0\x80" + bytes(range(1, 9)) + b"a\rb\nc" + b"x" * 5000 + b"\r\n \r\n\r\n"),
        raw_mail(body=".\r\n..\r\n.dots\r\n"),
    ]
    async with front_door() as door:
        client = await (await door.client()).greet()
        for content in contents:
            stuffed = content.replace(b"\r\n.", b"\r\n..")
            assert (await client.send_mail(stuffed)).startswith("250")
    stored = [mail.content.inline or "" for mail in door.mails]
    assert contents == [b64decode(inline) for inline in stored]
    assert [len(content) for content in contents] == [mail.size_bytes for mail in door.mails]


async def test_a_mail_to_two_mailboxes_is_two_deliveries_and_none_knows_of_the_other() -> None:
    """Two addresses of one mailbox are one delivery; Bcc stays secret."""
    async with front_door() as door:
        client = await (await door.client()).greet()
        answer = await client.send_mail(
            MAIL, "support@acme.example", "ORDERS@acme.example", "Help+x@ACME.example"
        )
    assert answer.startswith("250")
    by_mailbox = {mail.mailbox: mail for mail in door.mails}
    assert {"support@acme.example", "orders@acme.example"} == set(by_mailbox)
    assert ("support@acme.example", "Help+x@ACME.example") == by_mailbox[
        "support@acme.example"
    ].envelope.rcpt_to
    assert ("ORDERS@acme.example",) == by_mailbox["orders@acme.example"].envelope.rcpt_to
    assert 2 == len({mail.delivery_id for mail in door.mails})


async def test_a_signed_plus_address_claims_its_ticket() -> None:
    """Also when its case was folded on the way."""
    ticket = SIGNER.ticket_id("support@acme.example", "<root@x>")
    address = SIGNER.reply(ticket, "support@acme.example", 1).reply_to
    async with front_door() as door:
        client = await (await door.client()).greet()
        await client.send_mail(MAIL, address.lower())
    (mail,) = door.mails
    assert (ticket, "plus-address", True) == (mail.ticket_id, mail.claim.kind, mail.claim.signed)
    assert door.log.records[0].key == ticket.encode()


async def test_a_log_that_is_away_is_451_and_back_is_250_on_the_same_connection() -> None:
    """The sender keeps its mail."""
    async with front_door() as door:
        client = await (await door.client()).greet()
        door.log.available = False
        assert NEUTRAL == await client.send_mail(MAIL)
        door.log.available = True
        assert (await client.send_mail(MAIL)).startswith("250")
        assert 1 == len(door.mails)


async def test_a_log_that_is_known_to_be_away_is_451_before_the_content_is_sent() -> None:
    """Nobody transfers megabytes for nothing."""
    async with front_door(available=lambda: False) as door:
        client = await (await door.client()).greet()
        await client.talk("C: MAIL FROM:<jan@acme.test>\nS: 451 4.3.0")


async def test_without_a_policy_no_mailbox_is_unknown() -> None:
    """Never guess: 451, not 550."""

    def no_policy(address: str) -> MailboxMatch | None:
        raise DependencyUnavailable("No policy yet")

    async with front_door(find=no_policy) as door:
        client = await (await door.client()).greet()
        await client.talk(
            "C: MAIL FROM:<jan@acme.test>\nS: 250\nC: RCPT TO:<support@acme.example>\nS: 451 4.3.0"
        )


async def test_a_bug_is_451_and_its_text_stays_inside(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the client nor the log sees words of the mail, and the session goes on."""

    async def broken(mail: ReceivedMail) -> tuple[str, ...]:
        raise RuntimeError("secret words of the mail")

    async with front_door(accept=broken) as door:
        client = await (await door.client()).greet()
        assert NEUTRAL == await client.send_mail(MAIL)
        assert NEUTRAL == await client.send_mail(MAIL)
    printed = "".join(capsys.readouterr())
    assert "RuntimeError" in printed
    assert "secret" not in printed


async def test_a_mail_that_goes_in_circles_is_refused_for_good() -> None:
    """RFC 5321 §6.3: more than 100 Received headers."""
    async with front_door() as door:
        client = await (await door.client()).greet()
        assert (await client.send_mail(b"Received: x\r\n" * 100 + MAIL)).startswith("250")
        assert (await client.send_mail(b"Received: x\r\n" * 101 + MAIL)).startswith("554 5.4.6")


async def test_content_beyond_the_inline_limit_is_in_the_blob_store_first() -> None:
    """And a full store is 451, with nothing in the log."""
    big = raw_mail(body="x" * 70 + "\r\n") + (b"y" * 70 + b"\r\n") * 10_000
    async with front_door() as door:
        client = await (await door.client()).greet()
        door.blobs.full = True
        assert NEUTRAL == await client.send_mail(big)
        assert [] == door.mails
        door.blobs.full = False
        assert (await client.send_mail(big)).startswith("250")
        (mail,) = door.mails
        assert mail.content.inline is None
        assert big == await door.blobs.get(mail.content.ref or "")


async def test_a_client_that_vanishes_in_the_middle_of_data_leaves_nothing() -> None:
    """There was no end, so there is no mail."""
    async with front_door() as door:
        client = await (await door.client()).greet()
        await client.talk(
            "C: MAIL FROM:<>\nS: 250\nC: RCPT TO:<support@acme.example>\nS: 250\nC: DATA\nS: 354"
        )
        await client.send(MAIL)
        client.vanish()
        await eventually(lambda: door.server.connections == 0)
    assert 0 == door.log.appends_begun


async def test_a_client_that_vanishes_after_the_final_dot_has_still_sent_its_mail() -> None:
    """Storing is not interrupted; the sender tries again, and the same mail has the same id."""
    async with front_door() as door:
        door.log.acknowledging.clear()
        client = await (await door.client()).greet()
        sending = asyncio.create_task(client.send_mail(MAIL))
        await eventually(lambda: door.log.appends_begun == 1)
        client.vanish()
        await eventually(lambda: door.server.connections == 0)
        door.log.acknowledging.set()
        await asyncio.gather(sending, return_exceptions=True)
        await eventually(lambda: len(door.mails) == 1)
        again = await (await door.client()).greet()
        assert (await again.send_mail(MAIL)).startswith("250")
    first, second = door.mails
    assert first.delivery_id == second.delivery_id


async def test_a_client_may_close_its_side_and_still_be_answered() -> None:
    """As `nc` and scripts do."""
    async with front_door() as door:
        client = await (await door.client()).greet()
        await client.send(
            b"MAIL FROM:<>\r\nRCPT TO:<support@acme.example>\r\nDATA\r\n" + MAIL + b"\r\n.\r\nQUIT\r\n"
        )
        client.writer.write_eof()
        replies = [(await client.reply())[-1][:3] for _ in range(5)]
    assert ["250", "250", "354", "250", "221"] == replies


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n"])
async def test_a_smuggled_mail_does_not_arrive(end: bytes) -> None:
    """Given a forged end with a second mail behind it, then neither is accepted."""
    smuggled = (
        b"MAIL FROM:<boss@acme.test>\r\nRCPT TO:<support@acme.example>\r\nDATA\r\nSubject: pay\r\n\r\nnow\r\n"
    )
    async with front_door() as door:
        client = await (await door.client()).greet()
        assert (await client.send_mail(b"Subject: a\r\n\r\nb" + end + smuggled)).startswith("550 5.6.0")
        await client.talk("C: NOOP\nS: 250 2.0.0")
    assert [] == door.mails


async def test_a_mail_that_cannot_be_stored_in_time_is_451() -> None:
    """Whatever hangs: the client is answered, and the session goes on."""
    async with front_door(SmtpLimits(accept_seconds=0.2)) as door:
        door.log.acknowledging.clear()
        client = await (await door.client()).greet()
        assert NEUTRAL == await client.send_mail(MAIL)
        door.log.acknowledging.set()
        assert (await client.send_mail(MAIL)).startswith("250")
