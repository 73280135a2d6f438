"""One running installation for all tests of this folder, which only look at it from outside.

It works also while nobody looks: one of them, for as long as it is needed, not one in each process of the run.
`tests/support/handing_out.py` gives the folder to one process.
"""

from collections.abc import Iterator

import pytest

from tests.e2e.running_up import RunningUp, up_beside
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

TOKEN = "e2e-token-for-tests"


@pytest.fixture(scope="package")
def up(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningUp]:
    """`stellwerk up` with the samples, on the run's broker and Valkey, under a prefix of its own."""
    with up_beside(kafka, valkey, tmp_path_factory.mktemp("up"), {"STELLWERK_HTTP__TOKEN": TOKEN}) as running:
        yield running
