"""Values that a lane is made of."""

import asyncio

import pytest

from workers.errors import DependencyUnavailable
from workers.ports import BatchOutcome, InRecord, OutRecord
from workers.streams.backoff import Backoff
from workers.streams.bounded import bounded
from workers.streams.faults import BrokenContractError, Disturbed, Fenced, Parked, kafka_faults
from workers.streams.health import LaneHealth, ServiceHealth
from workers.streams.outcome_contract import check_outcome
from workers.streams.projection import differences
from workers.streams.stable_offsets import StableOffsetWatch

IN = InRecord("mails", 0, 7, 0, b"k", b"v")
RUNNING = LaneHealth(0, "running", None, 0.0, 0)


def test_waits_double_up_to_the_longest_and_start_again() -> None:
    """Bounded back-off."""
    backoff = Backoff(0.1, 0.5)
    assert [0.1, 0.2, 0.4, 0.5, 0.5] == [backoff.next() for _ in range(5)]
    backoff.reset()
    assert 0.1 == backoff.next()


async def test_nothing_hangs() -> None:
    """A bound that passes is a disturbance that says what was waited for."""
    with pytest.raises(Disturbed) as caught:
        await bounded("the moon", 0.01, asyncio.Event().wait())
    assert "the moon" == caught.value.detail["doing"]


async def test_t5_errors_of_kafka_become_ours() -> None:
    """An AssertionError is how aiokafka answers after a fatal error; a CancelledError that nobody asked for is its."""
    from aiokafka import errors

    expected: dict[BaseException, type[Exception]] = {
        errors.ProducerFenced(): Fenced,
        errors.InvalidProducerEpoch(): Fenced,
        errors.RequestTimedOutError(): Disturbed,
        AssertionError("Invalid state transition"): Disturbed,
        asyncio.CancelledError(): Disturbed,
        OSError(): Disturbed,
        errors.MessageSizeTooLargeError(): Parked,
    }
    for foreign, ours in expected.items():
        with pytest.raises(ours), kafka_faults("a test"):
            raise foreign
    assert issubclass(Fenced, DependencyUnavailable)


def test_t7_a_stopped_consumer_is_not_a_disturbance() -> None:
    """It is final: a lane that tried again would fence the real owner."""
    from aiokafka.errors import ConsumerStoppedError

    with pytest.raises(ConsumerStoppedError), kafka_faults("a test"):
        raise ConsumerStoppedError


def test_the_view_is_what_is_written_to_its_topic() -> None:
    """Else a rebuild would give other tickets than the running lane sees."""
    state = OutRecord("state", b"k", b"1")
    check_outcome(BatchOutcome([state], {"k": b"1"}), [IN], "state")
    check_outcome(BatchOutcome([state, OutRecord("state", b"k", None)], {"k": None}), [IN], "state")
    for view in ({}, {"k": b"2"}, {"k": b"1", "other": b"1"}):
        with pytest.raises(BrokenContractError):
            check_outcome(BatchOutcome([state], view), [IN], "state")


def test_flags_of_faults_are_one_per_record_or_none() -> None:
    """The brake counts records."""
    check_outcome(BatchOutcome(), [IN], None)
    with pytest.raises(BrokenContractError):
        check_outcome(BatchOutcome(own_faults=[False, True]), [IN], None)


def test_records_behind_the_stable_offset_are_an_alarm_after_a_while() -> None:
    """T12: lag to the last stable offset would be zero."""
    watch = StableOffsetWatch(patience=15.0)
    watch.seen("mails", 5, 9, now=0.0)
    assert () == watch.stuck(now=15.0)
    assert ("mails",) == watch.stuck(now=15.1)
    watch.seen("mails", 6, 9, now=16.0)
    assert () == watch.stuck(now=20.0)
    watch.seen("mails", 9, 9, now=40.0)
    assert () == watch.stuck(now=99.0)


def test_a_service_is_ready_when_it_has_joined_and_all_its_lanes_run() -> None:
    """A stand-by without partitions is ready."""
    braked = LaneHealth(1, "braked", "brake", 0.0, 0)
    assert ServiceHealth(True, ()).ready
    assert ServiceHealth(True, (RUNNING,)).ready
    assert not ServiceHealth(True, (RUNNING, braked)).ready
    assert not ServiceHealth(False, (RUNNING,)).ready


def test_differences_turn_the_old_view_into_the_new() -> None:
    """Nothing is written that stays."""
    old, new = {"a": b"1", "b": b"2", "c": b"3"}, {"a": b"1", "b": b"9", "d": b"4"}
    assert {"b": b"9", "c": None, "d": b"4"} == differences(old, new)
