"""From a TCP connection to a record in `mail.inbound`, on a real broker that may die."""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from schemas.mail import InboundMail
from schemas.topics import MAIL_INBOUND
from tests.support.builders import raw_mail
from tests.support.eventually import eventually
from tests.support.own_broker import own_kafka
from tests.support.smtp_dialogue import SIGNER, Client, lookup
from workers.adapters.blob_store import FsspecBlobStore
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_inbound_log import KafkaInboundLog
from workers.adapters.kafka_reader import kafka_reader
from workers.adapters.smtp_server import SmtpServer
from workers.adapters.topics_apply import ensure_topics
from workers.processors.accept import AcceptMail

kafka = own_kafka


@dataclass
class Ingest:
    kafka: EmbeddedKafka
    connection: KafkaConnection
    log: KafkaInboundLog
    blobs: FsspecBlobStore
    server: SmtpServer
    clients: list[Client] = field(default_factory=list)

    async def client(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.server.port))
        self.clients.append(client)
        return await client.greet()

    async def mails(self) -> list[InboundMail]:
        async with kafka_reader(self.connection) as reader:
            return [InboundMail.read(record.value or b"") async for record in reader.read(MAIL_INBOUND)]

    async def content(self, mail: InboundMail) -> bytes:
        content = mail.content
        return (
            b64decode(content.inline)
            if content.inline is not None
            else await self.blobs.get(content.ref or "")
        )


@pytest.fixture
async def ingest(kafka: EmbeddedKafka, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Ingest]:
    connection = KafkaConnection(kafka.bootstrap, topic_prefix)
    await ensure_topics(connection)
    log = KafkaInboundLog(connection)
    blobs = FsspecBlobStore(str(tmp_path))
    server = SmtpServer(AcceptMail(SIGNER, log, blobs), lookup, available=lambda: log.available)
    await log.start()
    await server.start()
    await eventually(lambda: log.available, within=60)
    ingest = Ingest(kafka, connection, log, blobs, server)
    yield ingest
    for client in ingest.clients:
        await client.close()
    await server.stop()
    await log.stop()


def _mail(number: int, body: bytes = b"It burns.\r\n") -> bytes:
    return raw_mail(message_id=f"<{number}@acme.test>", body=body)


async def test_what_was_answered_250_is_read_back_octet_by_octet(ingest: Ingest) -> None:
    """Small ones from the record, big ones from the blob store."""
    sent = [
        _mail(1),
        _mail(2, b"\xff\0 \r\n" * 3),
        _mail(3, (b"x" * 998 + b"\r\n") * 400),
        _mail(4, b"y" * 900_000 + b"\r\n"),
    ]
    client = await ingest.client()
    for content in sent:
        assert (await client.send_mail(content)).startswith("250")
    stored = {await ingest.content(mail) for mail in await ingest.mails()}
    assert set(sent) == stored


async def test_many_clients_at_once_lose_and_double_nothing(ingest: Ingest) -> None:
    """One record for each 250."""

    async def send(first: int) -> list[str]:
        client = await ingest.client()
        return [await client.send_mail(_mail(number)) for number in range(first, first + 10)]

    answers = [answer for some in await asyncio.gather(*map(send, range(0, 200, 10))) for answer in some]
    assert 200 == sum(answer.startswith("250") for answer in answers)
    assert {f"<{number}@acme.test>" for number in range(200)} == {
        mail.message_id for mail in await ingest.mails()
    }
    assert 200 == len(await ingest.mails())


async def test_a_killed_broker_is_451_promptly_and_back_it_is_250(ingest: Ingest) -> None:
    """On the same connection. While it is known to be away, before the content is sent."""
    client = await ingest.client()
    assert (await client.send_mail(_mail(0))).startswith("250")
    await asyncio.to_thread(ingest.kafka.kill)
    began = time.monotonic()
    assert (await client.send_mail(_mail(1))).startswith("451 4.3.0")
    assert time.monotonic() - began < 10
    await client.talk("C: MAIL FROM:<>\nS: 451 4.3.0")
    await asyncio.to_thread(ingest.kafka.start)
    await eventually(lambda: _accepted(client, 2), within=60)
    stored = {mail.message_id for mail in await ingest.mails()}
    assert {"<0@acme.test>", "<2@acme.test>"} <= stored


async def test_a_broker_killed_under_load_loses_no_250(ingest: Ingest) -> None:
    """Given clients that go on, when the broker dies and comes back, then each 250 is a record."""
    stop = asyncio.Event()
    accepted: list[int] = []

    async def send(first: int) -> None:
        client, number = await ingest.client(), first
        while not stop.is_set():
            if await _accepted(client, number):
                accepted.append(number)
                number += 1000

    clients = [asyncio.create_task(send(first)) for first in range(10)]
    await eventually(lambda: len(accepted) > 50, within=30)
    await asyncio.to_thread(ingest.kafka.kill)
    before = len(accepted)
    await asyncio.to_thread(ingest.kafka.start)
    await eventually(lambda: len(accepted) > before + 50, within=60)
    stop.set()
    await asyncio.gather(*clients)
    stored = {mail.message_id for mail in await ingest.mails()}
    assert {f"<{number}@acme.test>" for number in accepted} <= stored


async def _accepted(client: Client, number: int) -> bool:
    """Send it once, as a sender that is told 451 would again and again."""
    await client.send(b"RSET\r\nMAIL FROM:<>\r\nRCPT TO:<support@acme.example>\r\n")
    replies = [(await client.reply())[-1] for _ in range(3)]
    if replies[1].startswith("451"):
        await asyncio.sleep(0.05)
        return False
    await client.talk("C: DATA\nS: 354")
    await client.send(_mail(number) + b".\r\n")
    answer = (await client.reply())[-1]
    assert answer[:3] in {"250", "451"}
    return answer.startswith("250")


async def test_it_starts_while_the_broker_is_away_and_finds_it_by_itself(
    kafka: EmbeddedKafka, topic_prefix: str, tmp_path: Path
) -> None:
    """Until then each mail is 451."""
    connection = KafkaConnection(kafka.bootstrap, topic_prefix)
    await ensure_topics(connection)
    await asyncio.to_thread(kafka.kill)
    log = KafkaInboundLog(connection)
    server = SmtpServer(
        AcceptMail(SIGNER, log, FsspecBlobStore(str(tmp_path))), lookup, available=lambda: log.available
    )
    await log.start()
    await server.start()
    client = await Client(*await asyncio.open_connection("127.0.0.1", server.port)).greet()
    await client.talk("C: MAIL FROM:<>\nS: 451 4.3.0")
    await asyncio.to_thread(kafka.start)
    await eventually(lambda: _accepted(client, 1), within=60)
    await client.close()
    await server.stop()
    await log.stop()
