"""What one client may not take from the others."""

import asyncio
import ssl
from pathlib import Path

import pytest

import tests.support
from tests.support.builders import raw_mail
from tests.support.eventually import eventually
from tests.support.smtp_dialogue import front_door
from workers.adapters.smtp_limits import SmtpLimits
from workers.adapters.smtp_tls import server_tls_context
from workers.errors import WrongConfiguration

MAIL = raw_mail()
TLS = Path(tests.support.__file__).parent / "tls"
IN_DATA = "C: MAIL FROM:<>\nS: 250\nC: RCPT TO:<support@acme.example>\nS: 250\nC: DATA\nS: 354"


async def test_a_mail_that_turns_out_too_big_is_refused_at_its_end() -> None:
    """552 behind the final dot, and the session goes on."""
    async with front_door(SmtpLimits(message_bytes=1000)) as door:
        client = await (await door.client()).greet()
        assert (await client.send_mail(b"x" * 98 + b"\r\n" * 20_000)).startswith("552 5.3.4")
        assert (await client.send_mail(MAIL)).startswith("250")
    assert 1 == len(door.mails)


async def test_a_line_that_is_too_long_is_refused_and_one_beyond_998_octets_is_not() -> None:
    """Real mail has long lines."""
    async with front_door(SmtpLimits(line_bytes=100_000)) as door:
        client = await (await door.client()).greet()
        assert (await client.send_mail(b"x" * 99_999 + b"\r\n")).startswith("250")
        assert (await client.send_mail(b"x" * 100_001 + b"\r\n")).startswith("554 5.6.0")


async def test_more_recipients_are_for_another_mail() -> None:
    """452 4.5.3, and the first ones stay accepted (RFC 5321 §4.5.3.1.10)."""
    async with front_door(SmtpLimits(recipients=2)) as door:
        await door.talk("""
            S: 220
            C: EHLO client.example
            S: 250
            C: MAIL FROM:<>
            S: 250
            C: RCPT TO:<support+1@acme.example>
            S: 250
            C: RCPT TO:<support+2@acme.example>
            S: 250
            C: RCPT TO:<support+3@acme.example>
            S: 452 4.5.3
            C: DATA
            S: 354
            C: .
            S: 250""")
    assert 2 == len(door.mails[0].envelope.rcpt_to)


async def test_one_connection_too_many_is_421_and_room_is_made() -> None:
    """In total; loopback counts, too."""
    async with front_door(SmtpLimits(connections=2)) as door:
        first = await (await door.client()).greet()
        await (await door.client()).greet()
        await door.talk("S: 421 4.3.2\nS: (closed)")
        await first.talk("C: QUIT\nS: 221\nS: (closed)")
        await eventually(lambda: door.server.connections == 1)
        await (await door.client()).greet()


async def test_guessing_mailboxes_ends() -> None:
    """Directory harvesting."""
    async with front_door(SmtpLimits(unknown_mailboxes=3)) as door:
        client = await (await door.client()).greet()
        await client.talk("C: MAIL FROM:<>\nS: 250")
        for name in "abc":
            await client.talk(f"C: RCPT TO:<{name}@acme.example>\nS: 550")
        await client.talk("C: RCPT TO:<d@acme.example>\nS: 550\nS: 421 4.7.0\nS: (closed)")


async def test_a_silent_client_is_told_goodbye() -> None:
    """Also one that sends a command octet by octet."""
    async with front_door(SmtpLimits(command_seconds=0.3)) as door:
        silent = await (await door.client()).greet()
        slow = await (await door.client()).greet()
        for octet in b"NO":
            await slow.send(bytes([octet]))
            await asyncio.sleep(0.1)
        await silent.talk("S: 421 4.4.2\nS: (closed)")
        await slow.talk("S: 421 4.4.2\nS: (closed)")


async def test_data_that_drips_is_not_waited_for_for_ever() -> None:
    """The bound is on all of DATA, not on each chunk."""
    async with front_door(SmtpLimits(data_seconds=0.4)) as door:
        client = await (await door.client()).greet()
        await client.talk(IN_DATA)
        dripping = asyncio.create_task(_drip(client.send))
        await client.talk("S: 421 4.4.2")
        dripping.cancel()
    assert 0 == door.log.appends_begun


async def _drip(send: object) -> None:
    assert callable(send)
    while True:
        await send(b"x")
        await asyncio.sleep(0.05)


async def test_all_mails_together_have_a_bound_in_memory() -> None:
    """452 4.3.1 for what does not fit; memory is given back."""
    async with front_door(SmtpLimits(memory_bytes=100_000)) as door:
        big = await (await door.client()).greet()
        await big.talk(IN_DATA)
        await big.send(b"x" * 90_000)
        other = await (await door.client()).greet()
        await other.talk("C: MAIL FROM:<> SIZE=50000\nS: 250\nC: RCPT TO:<support@acme.example>\nS: 250")
        await eventually(lambda: _refused_for_memory(other))
        await big.send(b"x" * 50_000 + b"\r\n.\r\n")
        assert (await big.reply())[-1].startswith("452 4.3.1")
        await other.talk("C: DATA\nS: 354\nC: hello\nC: .\nS: 250")
    assert 1 == len(door.mails)


async def _refused_for_memory(client: object) -> bool:
    send, reply = getattr(client, "send"), getattr(client, "reply")  # noqa: B009  # kept short
    await send(b"DATA\r\n")
    answer: list[str] = await reply()
    if answer[-1].startswith("354"):
        await send(b".\r\n")
        await reply()
        await send(b"MAIL FROM:<> SIZE=50000\r\nRCPT TO:<support@acme.example>\r\n")
        await reply()
        await reply()
    return answer[-1].startswith("452 4.3.1")


async def test_a_client_that_does_not_read_its_replies_is_not_read_from() -> None:
    """Its replies fill no memory of ours; others are served."""
    async with front_door(SmtpLimits(bad_commands=10**9)) as door:
        deaf = await door.client()
        flood = asyncio.create_task(deaf.send(b"EHLO a\r\n" * 2_000_000))
        client = await (await door.client()).greet()
        assert (await client.send_mail(MAIL)).startswith("250")
        assert not flood.done()
        flood.cancel()
        deaf.vanish()


async def test_stopping_waits_for_the_mail_under_way_and_says_goodbye_to_the_others() -> None:
    """421 to idle clients, 250 then 421 to the busy one, and no new ones."""
    async with front_door() as door:
        idle = await (await door.client()).greet()
        busy = await (await door.client()).greet()
        door.log.acknowledging.clear()
        sending = asyncio.create_task(busy.send_mail(MAIL))
        await eventually(lambda: door.log.appends_begun == 1)
        stopping = asyncio.create_task(door.server.stop())
        await idle.talk("S: 421 4.3.2\nS: (closed)")
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await door.client()
        assert not stopping.done()
        door.log.acknowledging.set()
        assert (await sending).startswith("250")
        await busy.talk("S: 421 4.3.2\nS: (closed)")
        await stopping


async def test_stopping_does_not_wait_for_ever() -> None:
    """A mail that is not stored in time is 451: its sender tries again."""
    async with front_door(SmtpLimits(stop_seconds=0.2)) as door:
        busy = await (await door.client()).greet()
        dripping = await (await door.client()).greet()
        await dripping.talk(IN_DATA)
        door.log.acknowledging.clear()
        sending = asyncio.create_task(busy.send_mail(MAIL))
        await eventually(lambda: door.log.appends_begun == 1)
        await asyncio.wait_for(door.server.stop(), 5)
        assert (await sending).startswith("451 4.3.0")
        assert 0 == door.server.connections


async def test_starttls_hides_the_rest_and_forgets_what_came_before() -> None:
    """RFC 3207 §4.2: also a command that someone in between has put behind STARTTLS."""
    server_side = server_tls_context(str(TLS / "certificate.pem"), str(TLS / "key.pem"))
    client_side = ssl.create_default_context(cafile=str(TLS / "certificate.pem"))
    async with front_door(tls_context=server_side) as door:
        client = await door.talk("S: 220\nC: EHLO client.example\nS: 250\nC: MAIL FROM:<a@b.test>\nS: 250")
        await client.send(b"STARTTLS\r\nMAIL FROM:<evil@x.test>\r\n")
        assert ["220 2.0.0 Ready to start TLS"] == await client.reply()
        await client.writer.start_tls(client_side, server_hostname="mx.acme.example")
        await client.talk(
            "C: MAIL FROM:<>\nS: 503 5.5.1\nC: STARTTLS\nS: 503 5.5.1\nC: EHLO client.example\nS: 250"
        )
        assert (await client.send_mail(MAIL)).startswith("250")
        await client.talk("C: QUIT\nS: 221")
    assert door.mails[0].envelope.tls


async def test_what_is_not_tls_after_starttls_ends_the_connection_only() -> None:
    """The server stays."""
    server_side = server_tls_context(str(TLS / "certificate.pem"), str(TLS / "key.pem"))
    async with front_door(tls_context=server_side) as door:
        client = await door.talk("S: 220\nC: EHLO client.example\nS: 250\nC: STARTTLS\nS: 220")
        await client.send(b"NOOP\r\n" * 10)
        await eventually(lambda: door.server.connections == 0)
        await (await door.client()).greet()


def test_a_certificate_that_cannot_be_read_says_which_setting(tmp_path: Path) -> None:
    """Before the server starts."""
    with pytest.raises(WrongConfiguration, match="STELLWERK_SMTP__TLS_CERT"):
        server_tls_context(str(tmp_path / "missing.pem"), str(TLS / "key.pem"))


@pytest.mark.slow
async def test_three_thousand_connections_are_served_at_once() -> None:
    """DESIGN part 6; all of them stay open while the last one sends a mail."""
    async with front_door() as door:
        for _ in range(30):
            await asyncio.gather(*[door.talk("S: 220") for _ in range(100)])
        assert 3000 == door.server.connections
        client = await (await door.client()).greet()
        assert (await client.send_mail(MAIL)).startswith("250")
