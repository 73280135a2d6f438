"""`stellwerk up` with the files of `operated`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.running_up import RunningUp, up_beside
from tests.support import operated
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey


@contextmanager
def operated_up(kafka: EmbeddedKafka, valkey: EmbeddedValkey, directory: Path) -> Iterator[RunningUp]:
    """Under a prefix of its own; its files and its data lie in `directory`."""
    files = (
        f"--policy={operated.write(operated.a_policy(), directory / 'policy.yaml')}",
        f"--directory={operated.write(operated.a_directory(), directory / 'directory.yaml')}",
    )
    with up_beside(kafka, valkey, directory, None, *files) as running:
        yield running
