"""Which tests go to one process, and which begin first, where pytest-xdist runs several processes.

A file goes to one process, for what its tests share; so do all files of a folder whose tests share an installation.
What takes long begins first, or the run ends with one process at work.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = ("tests/e2e/running/",)
LONG = (
    "tests/e2e/test_sla_clock.py",
    "tests/faults/test_three_brokers.py",
    "tests/e2e/running/",
    "tests/faults/test_short_campaign.py",
    "tests/e2e/test_situations.py",
    "tests/integration/streams/test_broker_deaths.py",
    "tests/integration/streams/test_chaos.py",
    "tests/e2e/test_taking_up_again.py",
    "tests/e2e/test_runbook.py",
    "tests/e2e/locked/",
)
"""The longest first."""


class HandingOut(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """xdist's own order by files, with folders that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return next(
            (folder for folder in TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid)
        )


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The rest as it was."""
    return sorted(items, key=_place)


def _place(item: pytest.Item) -> int:
    return next((place for place, name in enumerate(LONG) if item.nodeid.startswith(name)), len(LONG))
