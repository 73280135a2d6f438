"""The two sides of the latency benchmark: processes that run all the time, and how a mail is handed to them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.structs import ConsumerRecord

from tests.benchmarks.bench_world import SIGNER, create_topics, prefill, provision_place, received
from tests.benchmarks.mail_load import LoadMail, MailLoad
from tests.benchmarks.paced_smtp import SmtpConnections
from tests.benchmarks.receipt_reader import receipts_seen
from tests.benchmarks.recorded_outputs import Recipe
from tests.benchmarks.servers import Servers
from tests.faults.world import free_port
from tests.support.eventually import eventually
from tests.support.fakes_mail import FakeBlobStore, FakeInboundLog
from workers.ports import OutRecord
from workers.processors.accept import AcceptMail
from workers.routing.mail_head import read_head

STELLWERK = Path(sys.executable).with_name("stellwerk")
START_SECONDS = 60.0
STOP_SECONDS = 20.0
Send = Callable[[LoadMail], Awaitable[tuple[str, float]]]
"""Hands a mail over; by which name its receipt will be known, and when it was acknowledged."""
Session = AbstractAsyncContextManager[tuple[Send, dict[str, float]]]


class Side(Protocol):
    def session(self) -> Session:
        """How to send, and the receipts that were seen since."""
        ...

    def pids(self) -> dict[str, int]: ...


class Processes:
    """Children of this run. Their stdin is a pipe; SIGTERM ends them."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self.place = servers.place()
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, name: str, *command: str, **env: str) -> None:
        with (self._servers.directory / f"{name}.log").open("ab") as log:
            self._children[name] = subprocess.Popen(
                command, env=self.place.env | env, stdin=subprocess.PIPE, stdout=log, stderr=log
            )

    def stop(self) -> None:
        for child in self._children.values():
            child.terminate()
        for child in self._children.values():
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()

    def pids(self) -> dict[str, int]:
        servers = {"Kafka": self._servers.kafka.pid or 0, "Valkey": self._servers.valkey.pid or 0}
        return servers | {name: child.pid for name, child in self._children.items()}


class OurSide(Processes):
    """`stellwerk smtp` and `stellwerk work`."""

    def __init__(self, servers: Servers) -> None:
        super().__init__(servers)
        self._port = free_port()

    async def start(self) -> None:
        """Returns when a mail has come through."""
        await provision_place(self.place)
        self.run("smtp", str(STELLWERK), "smtp", STELLWERK_SMTP__PORT=str(self._port))
        self.run_worker()
        [mail] = MailLoad(0).mails(1)
        name = _delivery_id(mail)
        async with receipts_seen(self.place, _by_delivery) as seen:
            await eventually(lambda: self._accepts(mail), within=START_SECONDS, every=0.5)
            await eventually(lambda: name in seen, within=START_SECONDS)

    def run_worker(self) -> None:
        """All of it in one process."""
        self.run("worker", str(STELLWERK), "work")

    async def _accepts(self, mail: LoadMail) -> bool:
        connections = SmtpConnections(self._port)
        try:
            await connections.open()
            await connections.send(mail)
        except (OSError, RuntimeError):
            return False
        finally:
            await connections.close()
        return True

    @asynccontextmanager
    async def session(self) -> AsyncIterator[tuple[Send, dict[str, float]]]:
        connections = SmtpConnections(self._port)
        await connections.open()

        async def send(mail: LoadMail) -> tuple[str, float]:
            return _delivery_id(mail), await connections.send(mail)

        async with receipts_seen(self.place, _by_delivery) as seen:
            yield send, seen
        await connections.close()


class BareSide(Processes):
    """A producer of ours, and the pass-through."""

    def __init__(self, servers: Servers, recipe: Recipe) -> None:
        super().__init__(servers)
        self._recipe = servers.directory / "latency-recipe"
        recipe.save(self._recipe)

    async def start(self) -> None:
        """Returns when a record has come through."""
        await create_topics(self.place)
        self.run("worker", sys.executable, "-m", "tests.benchmarks.pass_process", str(self._recipe))
        async with receipts_seen(self.place, _by_source) as seen:
            [mail] = MailLoad(0).mails(1)
            await prefill(self.place, await _records([mail]))
            await eventually(lambda: seen, within=START_SECONDS)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[tuple[Send, dict[str, float]]]:
        producer = AIOKafkaProducer(**self.place.connection.client_options(), enable_idempotence=True)
        await producer.start()

        async def send(mail: LoadMail) -> tuple[str, float]:
            [record] = await _records([mail])
            topic = self.place.prefix + record.topic
            headers = list(record.headers)
            at = await producer.send_and_wait(topic, record.value, key=record.key, headers=headers)
            return f"{at.partition}-{at.offset}", time.monotonic()

        async with receipts_seen(self.place, _by_source) as seen:
            yield send, seen
        await producer.stop()


async def _records(mails: Sequence[LoadMail]) -> list[OutRecord]:
    log = FakeInboundLog()
    accept = AcceptMail(SIGNER, log, FakeBlobStore())
    await asyncio.gather(*(accept(received(mail)) for mail in mails))
    return log.records


def _delivery_id(mail: LoadMail) -> str:
    head = read_head(mail.content)
    return SIGNER.delivery_id(mail.mailbox, head.message_id, head.body_digest, head.identity)


def _by_delivery(record: ConsumerRecord) -> str:
    return str(json.loads(record.value)["delivery_id"])


def _by_source(record: ConsumerRecord) -> str:
    return str(dict(record.headers)["source"], "ascii")
