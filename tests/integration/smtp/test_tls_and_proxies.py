"""The front door with TLS first, with certificates that change, and behind a load balancer."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import struct
import subprocess
from pathlib import Path

import pytest

import tests.support
from tests.support.builders import raw_mail
from tests.support.eventually import eventually
from tests.support.smtp_dialogue import Client, FrontDoor, front_door
from workers.adapters.smtp_limits import SmtpLimits
from workers.adapters.smtp_tls import ServerCertificate, server_tls_context

TLS = Path(tests.support.__file__).parent / "tls"
CERTIFICATE, KEY = str(TLS / "certificate.pem"), str(TLS / "key.pem")
MAIL = raw_mail()
LOOPBACK = ("127.0.0.0/8",)
V1 = b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 25\r\n"
V2 = b"\r\n\r\n\x00\r\nQUIT\n" + struct.pack(
    "!BBH4s4sHH", 0x21, 0x11, 12, bytes((192, 0, 2, 7)), bytes(4), 4711, 25
)


def trusting(certificate: str = CERTIFICATE) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


async def secure(port: int | None, context: ssl.SSLContext) -> Client:
    return Client(
        *await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="mx.acme.example")
    )


async def test_tls_comes_first_on_its_port() -> None:
    """RFC 8314: no STARTTLS there, and the mail says that it came by TLS."""
    async with front_door(tls_context=server_tls_context(CERTIFICATE, KEY), tls_port=0) as door:
        client = await secure(door.server.tls_port, trusting())
        door.clients.append(client)
        await client.talk("S: 220\nC: EHLO client.example")
        assert not any("STARTTLS" in line for line in await client.reply())
        assert (await client.send_mail(MAIL)).startswith("250")
        await (await door.client()).greet()
    assert door.mails[0].envelope.tls


async def test_who_speaks_no_tls_there_gets_no_answer_and_stops_nobody() -> None:
    """Neither plain SMTP nor silence."""
    async with front_door(tls_context=server_tls_context(CERTIFICATE, KEY), tls_port=0) as door:
        plain = Client(*await asyncio.open_connection("127.0.0.1", door.server.tls_port))
        door.clients.append(plain)
        await plain.send(b"EHLO client.example\r\n" * 3)
        await eventually(lambda: door.server.connections == 0)
        client = await secure(door.server.tls_port, trusting())
        door.clients.append(client)
        await client.greet()


async def test_a_silent_client_of_the_tls_port_is_counted() -> None:
    """Before its handshake too: it takes one of the connections."""
    limits = SmtpLimits(connections=1, command_seconds=0.2)
    async with front_door(limits, tls_context=server_tls_context(CERTIFICATE, KEY), tls_port=0) as door:
        silent = Client(*await asyncio.open_connection("127.0.0.1", door.server.tls_port))
        door.clients.append(silent)
        await eventually(lambda: door.server.connections == 1)
        await door.talk("S: 421 4.3.2\nS: (closed)")
        await eventually(lambda: door.server.connections == 0)


@pytest.fixture
def another_certificate(tmp_path: Path) -> tuple[str, str]:
    """For the same name."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    files = str(tmp_path / "new.pem"), str(tmp_path / "new.key")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-days", "2", "-subj", "/CN=new", "-addext", "subjectAltName=DNS:mx.acme.example"]
    subprocess.run([*command, *names, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


async def test_a_new_certificate_is_shown_without_a_restart(
    tmp_path: Path, another_certificate: tuple[str, str]
) -> None:
    """On both ports; connections that are open stay; files in between change nothing."""
    shown, key = str(tmp_path / "shown.pem"), str(tmp_path / "shown.key")
    shutil.copy(CERTIFICATE, shown)
    shutil.copy(KEY, key)
    certificate = ServerCertificate(shown, key)
    assert not certificate.reload_if_changed()
    async with front_door(tls_context=certificate.context, tls_port=0) as door:
        before = await secure(door.server.tls_port, trusting())
        door.clients.append(before)
        shutil.copy(another_certificate[0], shown)
        assert not certificate.reload_if_changed()
        between = await secure(door.server.tls_port, trusting())
        door.clients.append(between)
        shutil.copy(another_certificate[1], key)
        assert certificate.reload_if_changed()
        after = await secure(door.server.tls_port, trusting(another_certificate[0]))
        door.clients.append(after)
        for client in (before, between, after):
            await client.greet()
            assert (await client.send_mail(MAIL)).startswith("250")


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
async def test_a_load_balancer_says_who_its_client_is(header: bytes) -> None:
    """Also where header and greeting come in one packet, or octet by octet."""
    async with front_door(proxy_networks=LOOPBACK) as door:
        client = await door.client()
        await client.send(header + b"EHLO client.example\r\n")
        await client.talk("S: 220\nS: 250")
        assert (await client.send_mail(MAIL)).startswith("250")
        slow = await door.client()
        for octet in header:
            await slow.send(bytes((octet,)))
            await asyncio.sleep(0)
        await slow.greet()
    assert "192.0.2.7" == door.mails[0].envelope.peer


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
async def test_tls_comes_behind_the_load_balancers_header(header: bytes) -> None:
    """Not an octet of TLS is read as a part of the header."""
    async with front_door(
        proxy_networks=LOOPBACK, tls_context=server_tls_context(CERTIFICATE, KEY), tls_port=0
    ) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.server.tls_port)
        writer.write(header)
        await writer.start_tls(trusting(), server_hostname="mx.acme.example")
        client = Client(reader, writer)
        door.clients.append(client)
        await client.greet()
        assert (await client.send_mail(MAIL)).startswith("250")
    assert ("192.0.2.7", True) == (door.mails[0].envelope.peer, door.mails[0].envelope.tls)


async def test_limits_count_the_client_and_not_the_load_balancer() -> None:
    """Or one rude client would lock everybody out."""
    limits = SmtpLimits(connections_per_network=1, trusted_networks=())
    async with front_door(limits, proxy_networks=LOOPBACK) as door:
        await _through(door, V1, "S: 220")
        await _through(door, V1, "S: 421 4.7.0\nS: (closed)")
        await _through(door, V1.replace(b"192.0.2.7", b"198.51.100.7"), "S: 220")


async def test_a_load_balancer_that_says_nothing_is_not_believed_to_be_a_client() -> None:
    """Whoever guesses can be lied to."""
    async with front_door(proxy_networks=LOOPBACK) as door:
        client = await door.client()
        await client.send(b"EHLO client.example\r\n")
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await client.reply()
        await _through(door, b"PROXY UNKNOWN\r\n", "S: 220")


async def test_anybody_else_cannot_say_who_they_are() -> None:
    """There the header is an unknown command, and so is XCLIENT, which is not offered."""
    async with front_door(proxy_networks=("10.0.0.0/8",)) as door:
        client = await door.client()
        await client.send(V1)
        await client.talk("S: 220\nS: 500 5.5.2\nC: EHLO client.example")
        assert not any("XCLIENT" in line for line in await client.reply())
        await client.talk("C: XCLIENT ADDR=192.0.2.7\nS: 500 5.5.2")
        assert (await client.send_mail(MAIL)).startswith("250")
    assert "127.0.0.1" == door.mails[0].envelope.peer


async def _through(door: FrontDoor, header: bytes, dialogue: str) -> None:
    client = await door.client()
    await client.send(header)
    await client.talk(dialogue)
