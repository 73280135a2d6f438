"""A broker for one module that kills it.

A broker that died recovers each partition that it ever held: the run's shared one, with the topics of hundreds of
tests, would take minutes. A module takes this fixture in place of the shared `kafka` by `kafka = own_kafka`.
"""

from collections.abc import Iterator

import pytest

from workers.adapters.embedded_kafka import EmbeddedKafka


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """Started before the module's first test that asks for it, and stopped after its last."""
    server = EmbeddedKafka(tmp_path_factory.mktemp("own-broker"), short_lived=True)
    server.start()
    yield server
    server.stop()
