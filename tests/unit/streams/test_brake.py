"""P8: the brake."""

from hypothesis import given
from hypothesis import strategies as st

from workers.streams.brake import Brake, BrakeLimits

LIMITS = BrakeLimits(in_a_row=3, window=10, share=0.5)


def test_faults_in_a_row_trip() -> None:
    """The third of three, over batches."""
    assert not Brake(LIMITS).after([True, True]).tripped
    assert Brake(LIMITS).after([True, True]).after([True]).tripped


def test_a_good_record_ends_the_row() -> None:
    """Now and then a fault of ours is set aside, and no more."""
    assert not Brake(LIMITS).after([True, True, False, True, True]).tripped


def test_a_row_inside_a_batch_trips_although_the_batch_ends_well() -> None:
    """Else large batches would hide it."""
    assert Brake(LIMITS).after([True, True, True, False]).tripped


def test_a_share_of_the_window_trips() -> None:
    """More than half of the last ten, never three in a row."""
    assert not Brake(LIMITS).after([True, False] * 5).tripped
    assert Brake(LIMITS).after([True, True, False, True, True, False, True, True, False, False]).tripped


def test_a_share_of_too_few_records_says_nothing() -> None:
    """The first record of a lane may be a fault."""
    assert not Brake(LIMITS).after([True]).tripped


def test_a_value_is_not_changed_by_counting() -> None:
    """A batch that is decided again after a failed transaction is not counted twice."""
    brake = Brake(LIMITS)
    brake.after([True, True])
    assert not brake.after([True, True]).tripped


@given(st.lists(st.lists(st.booleans(), max_size=7), max_size=8))
def test_batches_do_not_matter(batches: list[list[bool]]) -> None:
    """The same flags in one batch or in many trip the same."""
    brake = Brake(LIMITS)
    for batch in batches:
        brake = brake.after(batch)
    assert Brake(LIMITS).after([flag for batch in batches for flag in batch]) == brake
