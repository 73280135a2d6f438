"""A set of offsets that costs one run where nothing is missing."""

from hypothesis import given
from hypothesis import strategies as st

from workers.routing.offset_runs import OffsetRuns

_OFFSETS = st.lists(st.integers(min_value=5, max_value=40))


@given(offsets=_OFFSETS, end=st.integers(min_value=0, max_value=45))
def test_it_answers_like_a_plain_set(offsets: list[int], end: int) -> None:
    """Membership, size, holes and second additions are those of a set, whatever the order."""
    runs, model = OffsetRuns(floor=5), set[int]()
    for offset in offsets:
        assert (offset not in model) == runs.add(offset)
        model.add(offset)
    expected_holes = [o for o in range(5, end) if o not in model]
    assert expected_holes == list(runs.holes(end))
    assert len(expected_holes) == runs.hole_count(end)
    assert len(model) == len(runs)
    assert model == {o for o in range(5, 45) if o in runs}


def test_a_million_offsets_in_any_order_of_neighbours_cost_one_run() -> None:
    """Given two interleaved halves, when both are there, then one run is left."""
    runs = OffsetRuns(0)
    for offset in [*range(0, 20_000, 2), *range(1, 20_000, 2)]:
        runs.add(offset)
    assert 1 == runs.run_count
    assert 20_000 == next(runs.holes(20_001))
