"""An installation on the shared test servers, whose services a test starts and kills."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.faults.provision import write_files
from tests.faults.service import STELLWERK, Service
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.kafka_connection import KafkaConnection
from workers.entrypoints.provision import provision, read_content


async def provisioned(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, prefix: str, directory: Path, changes: Mapping[str, str]
) -> dict[str, str]:
    """The environment of its services: two partitions. `changes`: in the text of the faults campaign's policy."""
    env = {
        "STELLWERK_PREFIX": prefix,
        "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
        "STELLWERK_KAFKA__PARTITIONS": "2",
        "STELLWERK_REDIS__URL": valkey.url,
        "STELLWERK_DATA_DIR": str(directory),
        "STELLWERK_SECRET": "a secret of the tests, long enough to be one",
        "STELLWERK_HTTP__PORT": "0",
    }
    policy, entities = write_files(directory)
    text = policy.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    policy.write_text(text)
    await provision_here(kafka, prefix, policy, entities, partitions=2)
    return env


async def provision_here(
    kafka: EmbeddedKafka, prefix: str, policy: Path, directory: Path, *, partitions: int
) -> None:
    """Topics, directory and policy as `stellwerk up` provisions them; by commands it takes three starts of Python."""
    connection = KafkaConnection(kafka.bootstrap, prefix)
    await provision(connection, read_content(policy, directory), partitions=partitions, replication=None)


@asynccontextmanager
async def working(env: Mapping[str, str], directory: Path, *works: str) -> AsyncIterator[Sequence[Service]]:
    """One process each: `smtp`, or `work` with these processors. Stopped in the end."""
    services = [
        Service(
            f"{number}-{words.partition(' ')[0]}",
            [str(STELLWERK), *(["smtp"] if words == "smtp" else ["work", *words.split()])],
            env,
            directory,
        )
        for number, words in enumerate(works)
    ]
    for service in services:
        service.start()
    try:
        yield services
    finally:
        for service in services:
            await service.stop()
