"""The locked list of Kafka's files, and what is fetched by it."""

import hashlib
from pathlib import Path

import pytest

from workers.adapters import kafka_jars
from workers.adapters.kafka_jars import Jar, locked_jars, parse_lock
from workers.errors import DependencyUnavailable


def test_a_lock_line_names_file_size_and_digest() -> None:
    """Comments are for people."""
    (jar,) = parse_lock("# a comment\n\norg.example:thing_2.13:1.0 12 ab\n")

    assert Jar("org.example:thing_2.13:1.0", 12, "ab") == jar
    assert "thing_2.13-1.0.jar" == jar.file_name


def test_all_of_kafka_is_of_one_release() -> None:
    """A client library of another release breaks the broker at its start."""
    releases = {
        jar.coordinate.split(":")[2]
        for jar in locked_jars()
        if jar.coordinate.startswith("org.apache.kafka:")
    }

    assert 1 == len(releases)


def test_the_broker_can_write_its_log() -> None:
    """Without a binding a failing start would say nothing."""
    assert any("log4j-slf4j-impl" in jar.file_name for jar in locked_jars())


def test_a_whole_cache_is_used_as_it_is(tmp_path: Path) -> None:
    """Nothing is fetched, so a second start needs no network."""
    digest = hashlib.sha256("".join(jar.sha256 for jar in locked_jars()).encode()).hexdigest()[:12]
    directory = tmp_path / f"kafka-{digest}"
    directory.mkdir()
    for jar in locked_jars():
        with (directory / jar.file_name).open("wb") as file:
            file.truncate(jar.size_bytes)

    assert directory == kafka_jars.kafka_jars(tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_without_a_network_it_says_what_to_do(tmp_path: Path) -> None:
    """Sockets are off in these tests, as they are in a closed network."""
    with pytest.raises(DependencyUnavailable, match="STELLWERK_KAFKA__BOOTSTRAP_SERVERS"):
        kafka_jars.kafka_jars(tmp_path)


def test_the_cache_follows_the_users_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG base directories."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")

    assert Path("/caches/stellwerk") == kafka_jars.user_cache()


def test_the_cache_is_below_home_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no wish is set."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")

    assert Path("/home/somebody/.cache/stellwerk") == kafka_jars.user_cache()
