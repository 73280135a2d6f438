"""What `stellwerk lanes list` says of a lane."""

from aiokafka import TopicPartition

from workers.adapters.kafka_connection import KafkaConnection
from workers.entrypoints.cli_lanes import Place, as_json
from workers.entrypoints.lane_identities import price_lanes, route_lanes
from workers.streams.rewind import Known

CONNECTION = KafkaConnection("nowhere:9092", "acme.")
LANE = price_lanes(CONNECTION)
ORDERS = TopicPartition(LANE.inputs[0], 2)


def said(*, committed: int | None, written: int | None = None, begins: int = 0, ends: int = 9) -> object:
    known = Known(
        written={} if written is None else {ORDERS: written},
        committed={} if committed is None else {ORDERS: committed},
        begins={ORDERS: begins},
        ends={ORDERS: ends},
    )
    (row,) = as_json(Place(LANE, 2, known))
    return row["wrong"]


def test_a_lane_between_beginning_and_end_is_well() -> None:
    """Whatever it still has to do."""
    assert said(committed=4) is None


def test_an_input_without_records_needs_no_position() -> None:
    """A service that was never started."""
    assert said(committed=None, ends=0) is None


def test_what_is_wrong_has_a_word() -> None:
    """The words of the runbook."""
    assert "no-position" == said(committed=None)
    assert "records-deleted-unread" == said(committed=4, begins=5)
    assert "group-differs" == said(committed=4, written=6)


def test_a_lane_whose_log_is_lost_says_so_for_each_input() -> None:
    """Nothing else of it is known."""
    rows = as_json(Place(route_lanes(CONNECTION), 1, None))
    assert ["state-lost"] * 3 == [row["wrong"] for row in rows]
    assert "acme.mail.inbound" == rows[0]["topic"]


def test_the_lanes_are_those_of_the_services() -> None:
    """One group and one stem of transactional ids, or a move would fence nobody."""
    assert ("acme.stellwerk-route", "acme.stellwerk-route") == (
        route_lanes(CONNECTION).group_id,
        route_lanes(CONNECTION).transactional_id,
    )
