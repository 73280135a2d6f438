"""One running installation for all end-to-end tests that only look at it from outside."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.e2e.running_up import RunningUp
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

TOKEN = "e2e-token-for-tests"


@pytest.fixture(scope="session")
def up(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningUp]:
    """`stellwerk up` with the samples, on the run's broker and Valkey, under a prefix of its own."""
    directory = tmp_path_factory.mktemp("up")
    running = RunningUp.start(
        directory,
        {
            "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
            "STELLWERK_REDIS__URL": valkey.url,
            "STELLWERK_PREFIX": f"e{uuid4().hex[:8]}.",
            "STELLWERK_DATA_DIR": str(directory / "data"),
            "STELLWERK_HTTP__TOKEN": TOKEN,
        },
    )
    yield running
    running.stop()
