"""The cache of Kafka's classes, with files in the JVM's place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from workers.adapters.kafka_start_cache import StartCache


def _jvm_writes(options: Sequence[str]) -> None:
    """What a JVM does at its end."""
    (option,) = options
    Path(option.removeprefix("-XX:AOTCacheOutput=")).write_bytes(b"classes")


def _file(options: Sequence[str]) -> Path:
    (option,) = options
    return Path(option.removeprefix("-XX:AOTCache="))


@pytest.fixture
def jars(tmp_path: Path) -> Path:
    return tmp_path / "kafka-1"


def test_the_first_command_makes_it_and_later_ones_use_it(jars: Path) -> None:
    """Whole or not at all: it is moved to its place when it is written."""
    cache = StartCache(jars)
    assert () == cache.options()
    with cache.made() as options:
        _jvm_writes(options)
        assert () == cache.options()
    assert b"classes" == _file(cache.options()).read_bytes()
    with cache.made() as options:
        assert cache.options() == options


def test_one_process_makes_it_while_others_go_on_without(jars: Path) -> None:
    """Nobody waits for it."""
    with StartCache(jars).made() as making:
        with StartCache(jars).made() as beside:
            assert () == beside
        _jvm_writes(making)
    assert 1 == len(StartCache(jars).options())


def test_nothing_is_kept_of_a_command_that_failed(jars: Path) -> None:
    """The next one tries again."""

    def failing() -> None:
        with StartCache(jars).made() as options:
            _jvm_writes(options)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert () == StartCache(jars).options()
    assert [] == list(jars.parent.glob("*.making"))


def test_a_jvm_that_writes_none_is_no_failure(jars: Path) -> None:
    """A full disk, say."""
    with StartCache(jars).made():
        pass
    assert () == StartCache(jars).options()


def test_those_of_other_jvms_go_when_there_is_a_new_one(jars: Path) -> None:
    """Of other jars they stay: another version of us may run."""
    old, other = jars.with_name("kafka-1-java-1.0.aot"), jars.with_name("kafka-2-java-1.0.aot")
    for file in (old, other):
        file.touch()
    with StartCache(jars).made() as options:
        _jvm_writes(options)
    assert (False, True) == (old.exists(), other.exists())


def test_where_nothing_can_be_written_there_is_none(tmp_path: Path) -> None:
    """Jars that somebody else put there."""
    cache = StartCache(tmp_path / "missing" / "kafka-1")
    with cache.made() as options:
        assert () == options
