"""Looking up one topic of a lane beside another, from front to back."""

from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.ports import InRecord
from workers.processors.lane_window import APART_MS, LaneWindow

NOW_MS = 1_700_000_000_000


def a_record(number: int, at_ms: int = NOW_MS) -> InRecord:
    return InRecord("t", 0, number, at_ms, None, str(number).encode())


def a_window(records: Sequence[InRecord], batch: int = 3, ahead: int = 5) -> LaneWindow:
    """Keys are offsets."""

    async def batches() -> AsyncIterator[Sequence[InRecord]]:
        for start in range(0, len(records), batch):
            yield records[start : start + batch]

    return LaneWindow(batches(), lambda record: str(record.offset), ahead)


async def found(window: LaneWindow, number: int, at_ms: int = NOW_MS) -> InRecord | None:
    while not window.find(str(number), at_ms):
        await window.more()
    return window.found


@given(st.sets(st.integers(0, 60)), st.integers(1, 9))
async def test_what_is_asked_for_in_order_is_found_however_it_comes(asked: set[int], batch: int) -> None:
    """And what nobody asked for is counted, from the first match to the last."""
    window = a_window([a_record(number) for number in range(61)], batch, ahead=100)

    numbers = sorted(asked)

    assert numbers == [record.offset for n in numbers if (record := await found(window, n))]
    assert (numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 0) == window.passed_over


async def test_what_is_missing_is_not_found_and_what_follows_it_is() -> None:
    """It never passes over what it has not been asked for yet."""
    window = a_window([a_record(1), a_record(3), a_record(4)])
    assert [1, None, 3, 4, None] == [(at := await found(window, n)) and at.offset for n in (1, 2, 3, 4, 5)]
    assert (0, True) == (window.passed_over, window.has_matched)


async def test_it_looks_ahead_only_so_far() -> None:
    """Memory is bounded."""
    window = a_window([a_record(number) for number in range(9)], ahead=5)
    assert await found(window, 5) is None
    assert await found(window, 4) is not None


async def test_what_is_much_older_is_no_longer_waited_for() -> None:
    """Else what compaction left of old tickets would hide what comes after it."""
    old = [a_record(number, NOW_MS - APART_MS - 1) for number in range(9)]
    window = a_window([*old, a_record(9)], ahead=5)
    assert await found(window, 9) == a_record(9)


@pytest.mark.parametrize(("skips", "unexplained"), [(False, 1), (True, 0)])
async def test_what_may_have_been_asked_for_is_not_counted(skips: bool, unexplained: int) -> None:
    """Until the next match."""
    window = a_window([a_record(number) for number in range(3)])
    await found(window, 0)
    if skips:
        window.skip()
    await found(window, 2)
    assert unexplained == window.passed_over
