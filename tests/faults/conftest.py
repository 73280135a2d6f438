"""Campaigns have servers of their own; what they need is fetched before tests may reach loopback only."""

import pytest

from workers.adapters.kafka_jars import kafka_jars

WITH_SERVERS = ("test_short_campaign.py", "test_three_brokers.py")


def pytest_collection_finish(session: pytest.Session) -> None:
    if any(item.path.name in WITH_SERVERS for item in session.items):
        kafka_jars()
