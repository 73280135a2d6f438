"""The embedded Kafka and Valkey, started once for all benchmarks of a run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.kafka_connection import KafkaConnection

SECRET = "a secret of the benchmarks, long enough to be one"


@dataclass(frozen=True, slots=True)
class Place:
    """One installation's own names on the servers, and the environment of its processes."""

    connection: KafkaConnection
    env: dict[str, str]

    @property
    def prefix(self) -> str:
        return self.connection.prefix


@dataclass(frozen=True, slots=True)
class Servers:
    kafka: EmbeddedKafka
    valkey: EmbeddedValkey
    directory: Path

    def place(self) -> Place:
        """Where nobody has been yet."""
        prefix = f"b{uuid4().hex[:6]}."
        own = {
            "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "STELLWERK_REDIS__URL": self.valkey.url,
            "STELLWERK_BLOBS__URL": (self.directory / "blobs").as_uri(),
            "STELLWERK_SECRET": SECRET,
            "STELLWERK_PREFIX": prefix,
            "STELLWERK_HTTP__PORT": "0",
            "STELLWERK_LOG__LEVEL": "warning",
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith("STELLWERK_")}
        return Place(KafkaConnection(self.kafka.bootstrap, prefix), others | own)


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Stopped and removed at the end."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stellwerk-bench-")))
        kafka, valkey = EmbeddedKafka(directory), EmbeddedValkey(directory)
        for server in (kafka, valkey):
            stack.callback(server.stop)
            server.start()
        (directory / "blobs").mkdir()
        yield Servers(kafka, valkey, directory)
