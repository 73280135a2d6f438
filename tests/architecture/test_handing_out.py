"""What is said of files by their names is said of files that there are."""

from __future__ import annotations

from pathlib import Path

from tests.support.handing_out import LONG, TOGETHER

ROOT = Path(__file__).parents[2]


def test_each_named_file_and_folder_is_there() -> None:
    """One that moved would begin late, or lose what it shares."""
    assert [] == [name for name in (*LONG, *TOGETHER) if not (ROOT / name).exists()]
