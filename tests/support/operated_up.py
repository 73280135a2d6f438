"""`stellwerk up` with the files of `operated`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests.e2e.running_up import RunningUp
from tests.support import operated
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey


@contextmanager
def operated_up(kafka: EmbeddedKafka, valkey: EmbeddedValkey, directory: Path) -> Iterator[RunningUp]:
    """Under a prefix of its own; its files and its data lie in `directory`."""
    running = RunningUp.start(
        directory,
        {
            "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
            "STELLWERK_REDIS__URL": valkey.url,
            "STELLWERK_PREFIX": f"o{uuid4().hex[:8]}.",
            "STELLWERK_DATA_DIR": str(directory / "data"),
        },
        f"--policy={operated.write(operated.a_policy(), directory / 'policy.yaml')}",
        f"--directory={operated.write(operated.a_directory(), directory / 'directory.yaml')}",
    )
    try:
        yield running
    finally:
        running.stop()
