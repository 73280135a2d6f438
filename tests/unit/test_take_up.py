"""Taking up a record again happens once, whoever asks and how often, and even if the lost one turns up."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.mail import Source
from schemas.take_up import TakeUp
from workers.ports import InRecord
from workers.processors.take_up import (
    REPAIRS,
    REPAIRS_KEPT,
    TakeUps,
    memory_records,
    original_record,
    take_up_of,
    take_up_record,
)

_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
_RECORD = InRecord("x.mail.inbound", 1, 7, 1_700_000_000_000, b"T-1", b"{}", (("ce_id", b"a"), ("h", b"v")))


def _order(offset: int = 7, attempt: int = 0, action: str = "repair") -> TakeUp:
    source = Source(topic="mail.inbound", partition=1, offset=offset)
    return TakeUp(
        action=action,
        record=source,
        source=source,
        attempt=attempt,
        timestamp_ms=_RECORD.timestamp_ms,
        actor="admin",
        at=_AT,
    )


def test_the_lane_sees_the_record_as_it_was_read_first() -> None:
    """Given an order that was published and read, then the original comes out, with its own place and time."""
    out = take_up_record(_order(), _RECORD)
    read = InRecord("x.mail.forwarded", out.partition or 0, 99, 5, out.key, out.value, out.headers)
    order = take_up_of(read)
    assert order is not None
    original = original_record(read, order, "x.")
    assert _RECORD._replace(headers=()) == original._replace(headers=())
    assert b"v" == dict(original.headers)["h"]
    assert b"mail.inbound-1-7:0" == dict(read.headers)["ce_id"]


def test_an_ordinary_record_carries_no_order() -> None:
    """Given a plain record, then there is nothing to take up."""
    assert take_up_of(_RECORD) is None


def test_the_same_order_twice_in_a_batch_is_carried_out_once() -> None:
    """Given two operators at once, then the second order finds the first remembered."""
    lane = TakeUps({})
    assert lane.admits(_order().record, _order())
    assert not lane.admits(_order().record, _order())


def test_each_attempt_is_an_order_of_its_own() -> None:
    """Given a redrive that failed again, then the next attempt is admitted."""
    lane = TakeUps({})
    assert lane.admits(_order().record, _order(attempt=1, action="redrive"))
    assert lane.admits(_order().record, _order(attempt=2, action="redrive"))


def test_a_lost_record_that_turns_up_after_its_repair_is_passed_over() -> None:
    """Given a repaired record, when it is read after all, then only other records are decided."""
    repaired = TakeUps({})
    repaired.admits(_order().record, _order())
    later = TakeUps(repaired.updates)
    assert not later.admits(_order().record, None)
    assert later.admits(_order(offset=8).record, None)


def test_a_redriven_record_does_not_hide_ordinary_ones() -> None:
    """Given a redrive only, then the list that ordinary records are compared with stays empty."""
    lane = TakeUps({})
    lane.admits(_order().record, _order(attempt=1))
    assert REPAIRS not in lane.updates


def test_the_list_of_repairs_is_bounded() -> None:
    """Given more repairs than are kept, then the newest are."""
    lane = TakeUps({})
    for offset in range(REPAIRS_KEPT + 5):
        lane.admits(_order(offset).record, _order(offset))
    assert not lane.admits(_order(REPAIRS_KEPT + 4).record, None)
    assert lane.admits(_order(0).record, None)


def test_what_is_remembered_lies_in_the_lanes_own_partition() -> None:
    """The memory is written like tickets are, so a rebuilt view has it."""
    (record,) = memory_records({REPAIRS: b"[]"}, "x.", 3)
    assert ("x.tickets.state", b"~repairs", 3) == (record.topic, record.key, record.partition)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.booleans()), max_size=30), st.data())
def test_over_any_batches_and_restarts_each_attempt_is_taken_once(
    steps: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    """Given any orders and ordinary records, in any batches, then no (record, attempt) is decided twice."""
    memory: dict[str, bytes] = {}
    decided: list[tuple[int, int]] = []
    lane = TakeUps(memory)
    for offset, attempt, is_order in steps:
        if data.draw(st.booleans()):
            memory |= lane.updates
            lane = TakeUps(memory)
        order = _order(offset, attempt) if is_order else None
        if lane.admits(_order(offset).record, order) and order is not None:
            decided.append((offset, attempt))
        elif order is None and (offset, 0) in decided:
            assert not lane.admits(_order(offset).record, None)
    assert len(set(decided)) == len(decided)
