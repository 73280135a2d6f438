"""Where a lane reads on: the cases that the laws of test_rewind_laws.py meet seldom."""

import pytest
from aiokafka import TopicPartition

from workers.streams.faults import Disturbed, Parked
from workers.streams.rewind import Known, read_on_from, set_on

MAILS = TopicPartition("mails", 0)


def known(
    *, written: int | None = None, committed: int | None = None, begins: int = 0, ends: int = 9
) -> Known:
    return Known(
        written={} if written is None else {MAILS: written},
        committed={} if committed is None else {MAILS: committed},
        begins={MAILS: begins},
        ends={MAILS: ends},
    )


def test_what_the_lane_wrote_beats_what_its_coordinator_says() -> None:
    """An older truth (or a person's reset) neither doubles nor loses."""
    stands = known(written=7, committed=2)
    assert {MAILS: 7} == read_on_from(stands, {})
    assert [MAILS] == stands.contradicted


def test_a_missing_offset_is_a_beginning_where_nothing_was_processed() -> None:
    """A new installation."""
    assert {MAILS: 0} == read_on_from(known(), {MAILS: True})


@pytest.mark.parametrize(
    ("stands", "untouched", "reason"),
    [
        (known(), False, "committed-offset-lost"),
        (known(begins=3), True, "records-deleted-unread"),
        (known(committed=2, begins=3), True, "records-deleted-unread"),
    ],
)
def test_a_lane_stops_where_going_on_would_lose_or_double(
    stands: Known, untouched: bool, reason: str
) -> None:
    """Loudly, until a person has decided."""
    with pytest.raises(Parked) as parked:
        read_on_from(stands, {MAILS: untouched})
    assert reason == parked.value.reason


def test_a_log_that_ends_too_early_is_waited_for() -> None:
    """A replica that lags behind, or another log: perhaps not for ever."""
    with pytest.raises(Disturbed):
        read_on_from(known(written=10), {})


@pytest.mark.parametrize(
    ("stands", "expected"),
    [
        (known(written=2, begins=5), 5),
        (known(), 4),
        (known(begins=6), 6),
    ],
)
def test_a_person_sets_on_behind_what_is_gone_or_was_processed(stands: Known, expected: int) -> None:
    """Processed up to 3: the next is 4."""
    assert {MAILS: expected} == set_on(stands, {MAILS: 4})


def test_a_lane_that_can_go_on_is_left_alone() -> None:
    """Whatever was processed."""
    assert {} == set_on(known(written=7, committed=2), {MAILS: 4})
