"""Kafka and Redis where none is configured, and the secret of an installation that brings its own."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.settings import Settings
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.kafka_jars import Progress
from workers.entrypoints.installation import Installation, blobs_url, kafka_connection
from workers.routing.identity import Signer

SECRET_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses to use; `kafka` None: as configured."""

    kafka: str | None
    redis_url: str


@contextmanager
def installation_of(settings: Settings, data_dir: Path | None, progress: Progress) -> Iterator[Installation]:
    """Start what is not configured, and stop it at the end. Blocks: enter it before the event loop runs.

    Without `data_dir` the state lies in a directory that is removed at the end.
    """
    with ExitStack() as stack:
        directory = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stellwerk-")))
        directory.mkdir(parents=True, exist_ok=True)
        servers = _servers(settings, directory, progress, stack)
        yield Installation(
            settings=settings,
            connection=kafka_connection(settings, servers.kafka),
            redis_url=servers.redis_url,
            blobs_url=blobs_url(settings, directory),
            signer=Signer(_secret(settings, directory)),
        )


def _servers(settings: Settings, directory: Path, progress: Progress, stack: ExitStack) -> Servers:
    kafka, redis_url = None, settings.redis.url
    if settings.kafka.bootstrap_servers is None:
        broker = EmbeddedKafka(directory, progress=progress)
        stack.callback(broker.stop)
        broker.start()
        kafka = broker.bootstrap
    if redis_url is None:
        valkey = EmbeddedValkey(directory)
        stack.callback(valkey.stop)
        valkey.start()
        redis_url = valkey.url
    return Servers(kafka, redis_url)


def _secret(settings: Settings, directory: Path) -> bytes:
    """As configured, else the one that this data directory keeps: ids must mean the same after a restart."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    path = directory / "secret"
    if not path.exists():
        fresh = directory / f"secret.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(SECRET_OCTETS))
        fresh.rename(path)
    return path.read_bytes()
