"""The short campaign has servers of its own; what they need is fetched before tests may reach loopback only."""

import pytest

from workers.adapters.kafka_jars import kafka_jars


def pytest_collection_finish(session: pytest.Session) -> None:
    if any(item.nodeid.startswith("tests/faults/test_short_campaign") for item in session.items):
        kafka_jars()
