"""`stellwerk up` as a process of its own, seen from outside: SMTP in, topics out, nothing of our code between."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition

from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

STELLWERK = Path(sys.executable).with_name("stellwerk")
START_SECONDS = 120.0
RECEIPT_SECONDS = 120.0

Json = dict[str, Any]


@dataclass
class RunningUp:
    """`environment`: for further commands against the same installation."""

    process: subprocess.Popen[bytes]
    addresses: Mapping[str, str]
    environment: Mapping[str, str]
    prefix: str
    log: Path
    sent: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, directory: Path, environment: Mapping[str, str], *options: str) -> RunningUp:
        """Returns when mail is accepted."""
        ready, log = directory / "ready.json", directory / "up.log"
        ready.unlink(missing_ok=True)
        env = {**os.environ, "STELLWERK_LOG__FORMAT": "json", **environment}
        with log.open("ab") as to:
            process = subprocess.Popen(
                [STELLWERK, "up", "--smtp-port=0", "--http-port=0", f"--ready-file={ready}", *options],
                env=env,
                stdout=to,
                stderr=to,
            )
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise AssertionError(f"up did not start:\n{log.read_text()[-4000:]}")
            time.sleep(0.05)
        addresses = json.loads(ready.read_text())
        reach = {
            "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": addresses["kafka"],
            "STELLWERK_REDIS__URL": addresses["redis"],
        }
        prefix = environment.get("STELLWERK_PREFIX", "")
        return cls(process, addresses, {**env, **reach}, prefix, log)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """The exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(60)

    def send(self, mail: EmailMessage | bytes, *to: str, mail_from: str | None = None) -> tuple[int, str]:
        """The reply to the mail as a whole; raises smtplib's error where a recipient is refused."""
        octets = mail if isinstance(mail, bytes) else mail.as_bytes(policy=SMTP)
        sender = mail_from if mail_from is not None else "" if isinstance(mail, bytes) else str(mail["From"])
        host, port = self.addresses["smtp"].rsplit(":", 1)
        with smtplib.SMTP(host, int(port), timeout=60) as client:
            client.ehlo()
            client.mail(sender)
            for recipient in to:
                code, text = client.rcpt(recipient)
                if code != 250:
                    return code, text.decode()
            code, text = client.data(octets)
            return code, text.decode()

    def run(self, *command: str, where: Path | None = None) -> subprocess.CompletedProcess[str]:
        """A `stellwerk` command against this installation, with its files in `where`."""
        return subprocess.run(
            [STELLWERK, *command],
            env=dict(self.environment),
            cwd=where,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def told(self, *command: str) -> str:
        """What a command that must succeed printed."""
        done = self.run(*command)
        assert 0 == done.returncode, done.stderr
        return done.stdout


@contextmanager
def up_beside(
    kafka: EmbeddedKafka,
    valkey: EmbeddedValkey,
    directory: Path,
    more: Mapping[str, str] | None = None,
    *options: str,
) -> Iterator[RunningUp]:
    """On the run's servers, under a prefix of its own, with two partitions; `more` settings.

    Its files and its data lie in `directory`.
    """
    environment = {
        "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
        "STELLWERK_KAFKA__PARTITIONS": "2",
        "STELLWERK_REDIS__URL": valkey.url,
        "STELLWERK_PREFIX": f"u{uuid4().hex[:8]}.",
        "STELLWERK_DATA_DIR": str(directory / "data"),
    }
    running = RunningUp.start(directory, {**environment, **(more or {})}, *options)
    try:
        yield running
    finally:
        running.stop()


def a_mail(
    sender: str = "jan@acme.test",
    subject: str = "The printer is on fire",
    text: str = "Help!",
    **headers: str,
) -> EmailMessage:
    """A mail with a Message-ID of its own."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "support@acme.example", subject
    mail["Date"] = "Mon, 23 Nov 2026 09:00:00 +0000"
    mail["Message-ID"] = headers.pop("message_id", make_msgid(domain="acme.test"))
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


@dataclass(frozen=True)
class Read:
    """A record as a downstream consumer sees it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: Json
    raw: bytes
    headers: Mapping[str, str]


@asynccontextmanager
async def reading(up: RunningUp, *topics: str) -> AsyncIterator[Reading]:
    """Everything that the topics hold, from the beginning on, `read_committed`."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=up.addresses["kafka"], isolation_level="read_committed", enable_auto_commit=False
    )
    await consumer.start()
    try:
        names = {up.prefix + topic: topic for topic in topics}
        cluster = await consumer._client.fetch_all_metadata()
        parts = [TopicPartition(name, p) for name in names for p in cluster.partitions_for_topic(name)]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        yield Reading(consumer, names)
    finally:
        await consumer.stop()


@dataclass
class Reading:
    consumer: AIOKafkaConsumer
    names: Mapping[str, str]
    seen: list[Read] = field(default_factory=list)

    async def until(self, what: str, number: int = 1, **wanted: object) -> list[Read]:
        """The records of a topic whose fields are as wanted, once there are `number` of them."""
        deadline = asyncio.get_running_loop().time() + RECEIPT_SECONDS
        while len(found := self.all(what, **wanted)) < number:
            assert asyncio.get_running_loop().time() < deadline, f"no {wanted} in {what}"
            await self._poll()
        return found

    def all(self, what: str, **wanted: object) -> list[Read]:
        return [r for r in self.seen if r.topic == what and wanted.items() <= r.value.items()]

    async def _poll(self) -> None:
        for records in (await self.consumer.getmany(timeout_ms=200)).values():
            for found in records:
                headers = {name: value.decode("utf-8", "replace") for name, value in found.headers}
                value = json.loads(found.value) if found.value else {}
                where = (self.names[found.topic], found.partition, found.offset)
                self.seen.append(Read(*where, found.key, value, found.value or b"", headers))
