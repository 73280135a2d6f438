"""The promises on a cluster as production has it: three copies, two in sync, and the leader dies while mail flows."""

from pathlib import Path

import pytest

from tests.faults.campaign import campaign

SEED = 7
KINDS = ["kill -9 broker", "kill -9 route at sent", "kill -9 broker"]


@pytest.mark.slow
async def test_a_broker_that_dies_costs_nothing_where_two_others_have_its_records(tmp_path: Path) -> None:
    """Given three brokers and the production profile, when leaders are killed, then every law holds."""
    outcome = await campaign(tmp_path, SEED, len(KINDS), list(KINDS), brokers=3)
    assert [] == outcome.violations
    assert 2 == outcome.faults["kill -9 broker"]
    assert outcome.answers["accepted"] > 0
