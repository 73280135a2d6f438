"""A minute or two of `make faults`, with a fixed seed, inside the ordinary tests."""

from pathlib import Path

import pytest

from tests.faults.campaign import campaign

SEED = 20
KINDS = [
    "client vanished after the dot",
    "kill -9 route at sent",
    "Valkey flushed between commit and view",
    "kill -9 smtp",
    "kill -9 broker while lanes are acquired",
    "Valkey restored from an old snapshot",
    "route scaled",
    "kill -9 route at committed",
    "disk full for blobs",
]


@pytest.mark.slow
async def test_nothing_is_lost_doubled_or_reordered_while_everything_breaks(tmp_path: Path) -> None:
    """Given mail under way, when clients, services, broker and views break, then every law holds."""
    outcome = await campaign(tmp_path, SEED, len(KINDS), list(KINDS))
    assert [] == outcome.violations
    assert len(KINDS) == sum(outcome.faults.values()) + sum(outcome.missed.values())
    assert outcome.answers["accepted"] > 0
