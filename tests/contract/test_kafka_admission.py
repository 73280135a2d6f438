"""Why Kafka does not let us in, told from what a listener does. A real broker's refusals are in tests/e2e/locked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.secured_keys import Certificates
from workers.adapters.kafka_admission import start_client, why_not_admitted
from workers.adapters.kafka_connection import KafkaConnection
from workers.errors import DependencyUnavailable, NotAdmitted

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4)
    writer.close()


async def speaks_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 this is no TLS\r\n")
    await writer.drain()
    await reader.read(64)
    writer.close()


@asynccontextmanager
async def listening(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The address of a listener that answers each connection so."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def connection(address: str, **security: object) -> KafkaConnection:
    return KafkaConnection(address, "", security, 2.0)


def tls(ca: Path) -> dict[str, object]:
    return {"security_protocol": "SSL", "ssl_context": ssl.create_default_context(cafile=ca)}


def of_server(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.chain, certificates.key)
    return context


async def test_a_certificate_of_another_ca_is_named(tmp_path: Path) -> None:
    """With the setting that must be changed."""
    certificates = Certificates.make(tmp_path)
    async with listening(hangs_up, of_server(certificates)) as address:
        refusal = await why_not_admitted(connection(address, **tls(certificates.other_ca)))
    assert isinstance(refusal, NotAdmitted)
    assert "STELLWERK_KAFKA__SSL_CA must be the PEM file" in refusal.public


async def test_a_port_without_tls_is_named(tmp_path: Path) -> None:
    """We speak TLS, it does not."""
    certificates = Certificates.make(tmp_path)
    async with listening(speaks_plainly) as address:
        refusal = await why_not_admitted(connection(address, **tls(certificates.ca)))
    assert isinstance(refusal, NotAdmitted)
    assert "does that port speak TLS" in refusal.public


async def test_who_hangs_up_may_speak_another_protocol_or_be_stopping() -> None:
    """So it is not told as a refusal: waiting may help."""
    async with listening(hangs_up) as address:
        found = await why_not_admitted(connection(address))
    assert isinstance(found, DependencyUnavailable)
    assert not isinstance(found, NotAdmitted)
    assert "does that port speak PLAINTEXT" in found.public


async def test_nobody_there_is_no_refusal() -> None:
    """What could not be started is a dependency that is away, with the address that was tried."""
    nowhere = connection("127.0.0.1:1")

    async def starting() -> None:
        raise ConnectionRefusedError("nobody")

    assert await why_not_admitted(nowhere) is None
    with pytest.raises(
        DependencyUnavailable, match=r"127\.0\.0\.1:1 did not answer while starting"
    ) as caught:
        await start_client(nowhere, starting(), "starting")
    assert not isinstance(caught.value, NotAdmitted)


async def test_a_refusal_is_told_where_others_are_away(tmp_path: Path) -> None:
    """Given several addresses, of which one answers and refuses."""
    certificates = Certificates.make(tmp_path)
    async with listening(hangs_up, of_server(certificates)) as address:
        both = connection(f"127.0.0.1:1,{address}", **tls(certificates.other_ca))
        assert isinstance(await why_not_admitted(both), NotAdmitted)
