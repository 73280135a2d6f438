"""An installation of processes on the shared test servers: `smtp`, and workers, under a prefix of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest
from aiokafka import AIOKafkaProducer

from tests.faults.evidence import Answer
from tests.faults.provision import write_files
from tests.faults.service import STELLWERK, Service, run_command
from tests.faults.smtp_client import deliver
from tests.faults.topic_reader import read_topics
from tests.faults.world import free_port
from tests.support.builders import raw_mail
from tests.support.eventually import eventually
from tests.support.services import provision_here
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.streams.positions import POSITIONS_KEY


@dataclass(slots=True)
class Installed:
    """`workers[0]` also projects the directory; all of them route. `http`: the workers' ports."""

    bootstrap: str
    prefix: str
    env: dict[str, str]
    directory: Path
    smtp: Service
    workers: list[Service]
    port: int
    http: list[int] = field(default_factory=list)

    @property
    def work(self) -> Service:
        return self.workers[0]

    async def send(
        self, number: int, mailbox: str = "support@acme.example", headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """A new ticket's mail, tried until it is accepted."""
        await eventually(lambda: self._accepted(number, mailbox, headers), within=60, every=0.2)

    async def try_to_send(
        self,
        number: int,
        mailbox: str = "support@acme.example",
        headers: tuple[tuple[str, str], ...] = (),
        errors: Counter[int] | None = None,
    ) -> Answer:
        content = raw_mail(
            message_id=f"<m{number}@acme.test>", to=mailbox, sender="p1@c1.test", headers=headers
        )
        return await deliver(self.port, "p1@c1.test", [mailbox], content, errors=errors)

    async def _accepted(self, number: int, mailbox: str, headers: tuple[tuple[str, str], ...]) -> bool:
        return await self.try_to_send(number, mailbox, headers) == "accepted"

    def metric(self, series: str) -> float | None:
        """The first worker's value of a series, as `/metrics` writes it."""
        with urlopen(f"http://127.0.0.1:{self.http[0]}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        found = [line.rpartition(" ")[2] for line in lines if line.startswith(series)]
        return float(found[0]) if found else None

    def receipts(self) -> Counter[tuple[str, int, int, str]]:
        """(topic, offset, attempt, outcome) of the sources."""
        found = read_topics(self.bootstrap, ["routing.decisions"], self.prefix)["routing.decisions"]
        return Counter(
            (r.json["source"]["topic"], r.json["source"]["offset"], r.json["attempt"], r.json["outcome"])
            for r in found
        )

    def times(self) -> dict[str, dict[tuple[int, int], float]]:
        """By topic and `mail.inbound` place: when the broker took the mail, and its receipt."""
        found = read_topics(self.bootstrap, ["mail.inbound", "routing.decisions"], self.prefix)
        sources = [(r.json["source"], r.at) for r in found["routing.decisions"]]
        return {
            "mail.inbound": {(r.partition, r.offset): r.at for r in found["mail.inbound"]},
            "routing.decisions": {(s["partition"], s["offset"]): at for s, at in sources},
        }

    async def receipts_are(self, expected: dict[tuple[str, int, int, str], int]) -> None:
        await eventually(lambda: self.receipts() == Counter(expected), within=40, every=0.5)

    async def run(self, *arguments: str) -> str:
        return await run_command(self.env, *arguments)

    async def fails(self, *arguments: str) -> str:
        with pytest.raises(AssertionError) as failure:
            await self.run(*arguments)
        return str(failure.value)

    async def move_position(self, offset: int) -> None:
        """Make the stopped lane believe that it stands at `offset` of mail.inbound: the only way to make it lose."""
        state = read_topics(self.bootstrap, ["tickets.state"], self.prefix)["tickets.state"]
        written = next(r.json for r in reversed(state) if r.key == POSITIONS_KEY)
        positions = {"next_offsets": {**written["next_offsets"], f"{self.prefix}mail.inbound": offset}}
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        topic = f"{self.prefix}tickets.state"
        key, value = POSITIONS_KEY.encode(), json.dumps(positions).encode()
        await producer.send_and_wait(topic, value, key=key, partition=0)
        await producer.stop()


@asynccontextmanager
async def installed_processes(
    kafka: EmbeddedKafka,
    valkey: EmbeddedValkey,
    prefix: str,
    directory: Path,
    *,
    partitions: int = 1,
    workers: int = 1,
) -> AsyncIterator[Installed]:
    """Provisioned, started, and stopped in the end."""
    port = free_port()
    env = {
        "STELLWERK_PREFIX": prefix,
        "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
        "STELLWERK_KAFKA__PARTITIONS": str(partitions),
        "STELLWERK_REDIS__URL": valkey.url,
        "STELLWERK_SMTP__PORT": str(port),
        "STELLWERK_BLOBS__URL": (directory / "blobs").as_uri(),
        "STELLWERK_SECRET": "a secret of the tests, long enough to be one",
        "STELLWERK_HTTP__PORT": "0",
    }
    policy, entities = write_files(directory)
    await provision_here(kafka, prefix, policy, entities, partitions=partitions)
    smtp = Service("smtp", [str(STELLWERK), "smtp"], env, directory)
    ports = [free_port() for _ in range(workers)]
    services = [
        Service(
            f"work-{number}",
            [str(STELLWERK), "work", *([] if number == 0 else ["route"])],
            env | {"STELLWERK_HTTP__PORT": str(http)},
            directory,
        )
        for number, http in enumerate(ports)
    ]
    for service in (smtp, *services):
        service.start()
    try:
        yield Installed(kafka.bootstrap, prefix, env, directory, smtp, services, port, ports)
    finally:
        for service in (smtp, *services):
            await service.stop()
