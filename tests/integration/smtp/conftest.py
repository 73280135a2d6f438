"""The front door runs on uvloop where that is installed, and on asyncio's own loop elsewhere: both are tested."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from workers.entrypoints.shell import socket_loop

BREAKS_BROKERS = "test_ingest"


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Each test of this directory once on each; those that kill brokers, which is slow, on the product's."""
    loops = {"sockets": socket_loop}
    return loops if item.path.stem == BREAKS_BROKERS else loops | {"plain": asyncio.new_event_loop}
