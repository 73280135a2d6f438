"""Kafka and Redis where none is configured."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.settings import Settings
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.kafka_jars import Progress
from workers.entrypoints.data_directory import data_directory, service_secret
from workers.entrypoints.embedded_watch import EmbeddedServer
from workers.entrypoints.installation import Installation, blobs_url, kafka_connection
from workers.entrypoints.operators_token import with_operators_token
from workers.entrypoints.redis_address import redis_address
from workers.routing.identity import Signer


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses to use; `kafka` None: as configured."""

    kafka: str | None
    redis_url: str
    started: tuple[EmbeddedServer, ...]


@contextmanager
def installation_of(settings: Settings, data_dir: Path | None, progress: Progress) -> Iterator[Installation]:
    """Start what is not configured, and stop it at the end. Blocks: enter it before the event loop runs.

    Without `data_dir` an embedded Kafka's state lies in a directory that is removed at the end.
    """
    with ExitStack() as stack:
        directory = data_dir or _directory(settings, stack)
        directory.mkdir(parents=True, exist_ok=True)
        servers = _servers(settings, directory, progress, stack, short_lived=data_dir is None)
        token = with_operators_token(settings, directory)
        yield Installation(
            settings=token.settings,
            connection=kafka_connection(settings, servers.kafka),
            redis_url=servers.redis_url,
            blobs_url=blobs_url(settings, directory),
            signer=Signer(service_secret(settings, directory, alone=servers.kafka is not None)),
            token_file=token.file,
            embedded=servers.started,
        )


def _directory(settings: Settings, stack: ExitStack) -> Path:
    if settings.kafka.bootstrap_servers is not None:
        return data_directory(settings)  # its mail outlives this process
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stellwerk-")))


def _servers(
    settings: Settings, directory: Path, progress: Progress, stack: ExitStack, *, short_lived: bool
) -> Servers:
    started: list[EmbeddedServer] = []
    kafka, redis_url = None, redis_address(settings.redis) if settings.redis.url else None
    if settings.kafka.bootstrap_servers is None:
        broker = EmbeddedKafka(directory, progress=progress, short_lived=short_lived)
        stack.callback(broker.stop)
        broker.start()
        kafka = broker.bootstrap
        started.append(broker)
    if redis_url is None:
        valkey = EmbeddedValkey(directory)
        stack.callback(valkey.stop)
        valkey.start()
        redis_url = valkey.url
        started.append(valkey)
    return Servers(kafka, redis_url, tuple(started))
