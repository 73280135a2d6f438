"""One user of a directory at a time."""

import os
from pathlib import Path

import pytest

from workers.adapters.directory_lock import lock_directory
from workers.errors import DependencyUnavailable, WrongConfiguration


def test_a_second_user_is_told_who_is_in_the_way(tmp_path: Path) -> None:
    """Two brokers on one directory would destroy it."""
    first = lock_directory(tmp_path, within_seconds=0)

    with pytest.raises(DependencyUnavailable, match="in use by another process"):
        lock_directory(tmp_path, within_seconds=0)
    os.close(first)


def test_it_is_free_again_when_the_last_holder_closes_it(tmp_path: Path) -> None:
    """Children hold a copy: only with the last one it is free."""
    first = lock_directory(tmp_path, within_seconds=0)
    copy = os.dup(first)
    os.close(first)

    with pytest.raises(DependencyUnavailable):
        lock_directory(tmp_path, within_seconds=0)
    os.close(copy)

    os.close(lock_directory(tmp_path, within_seconds=0))


def test_a_place_that_cannot_be_written_is_the_operators_to_change(tmp_path: Path) -> None:
    """Trying again would not help."""
    (tmp_path / "file").touch()

    with pytest.raises(WrongConfiguration, match="choose another directory"):
        lock_directory(tmp_path / "file" / "below", within_seconds=0)
