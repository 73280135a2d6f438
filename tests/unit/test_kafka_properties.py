"""The embedded broker's settings that a promise hangs on."""

from datetime import timedelta

import pytest

from workers.adapters.kafka_properties import server_properties


@pytest.fixture
def properties() -> dict[str, str]:
    lines = server_properties(20_001, 20_002).splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_offsets_outlive_a_long_pause(properties: dict[str, str]) -> None:
    """Seven days, Kafka's default, would start a paused installation from zero."""
    assert timedelta(minutes=int(properties["offsets.retention.minutes"])) >= timedelta(days=400)


def test_records_are_kept_until_their_topic_says_otherwise(properties: dict[str, str]) -> None:
    """No default of the broker deletes mail."""
    assert "-1" == properties["log.retention.ms"]


def test_it_is_reached_over_loopback_only(properties: dict[str, str]) -> None:
    """There is no password on it."""
    assert "PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002" == properties["listeners"]
    assert "PLAINTEXT://127.0.0.1:20001" == properties["advertised.listeners"]


def test_no_path_of_the_user_stands_in_it(properties: dict[str, str]) -> None:
    """Relative paths: any directory name works, and a directory may be moved."""
    assert "data" == properties["log.dirs"]
    assert not any(value.startswith("/") for value in properties.values())
