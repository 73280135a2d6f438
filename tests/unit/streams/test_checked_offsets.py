"""T1: which answers to an OffsetFetch are believed."""

from dataclasses import dataclass, field

import pytest
from aiokafka import errors
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.protocol.commit import OffsetFetchRequest

from workers.streams.checked_offsets import check_offset_fetches, refuse_unsure

NO_ERROR, UNKNOWN_TOPIC, NOT_COORDINATOR, LOADING = 0, 3, 16, 14
ASKED = OffsetFetchRequest("group", [("t", [0, 1])])


@dataclass
class Coordinator:
    dead: bool = False

    def coordinator_dead(self) -> None:
        self.dead = True


@dataclass
class Response:
    error_code: int = NO_ERROR
    topics: list[tuple[str, list[tuple[int, int, str, int]]]] = field(default_factory=list)


def test_an_error_of_the_whole_answer_is_not_no_offset() -> None:
    """The list of partitions is empty then, which aiokafka reads as "none committed"."""
    with pytest.raises(errors.KafkaError) as caught:
        refuse_unsure(Coordinator(), ASKED, Response(LOADING))
    assert caught.value.retriable


def test_a_coordinator_that_moved_is_looked_up_again() -> None:
    """Else the same broker would be asked for ever."""
    coordinator = Coordinator()
    with pytest.raises(errors.KafkaError):
        refuse_unsure(coordinator, ASKED, Response(NOT_COORDINATOR))
    assert coordinator.dead


def test_an_unknown_partition_is_not_no_offset() -> None:
    """aiokafka skips it with a warning."""
    response = Response(topics=[("t", [(0, 5, "", NO_ERROR), (1, -1, "", UNKNOWN_TOPIC)])])
    with pytest.raises(errors.UnknownTopicOrPartitionError):
        refuse_unsure(Coordinator(), ASKED, response)


def test_a_partition_without_an_answer_is_not_no_offset() -> None:
    """Each one that was asked for needs its own."""
    with pytest.raises(errors.UnknownTopicOrPartitionError):
        refuse_unsure(Coordinator(), ASKED, Response(topics=[("t", [(0, 5, "", NO_ERROR)])]))


def test_a_complete_answer_is_believed() -> None:
    """Also where it says that there is no offset."""
    answers = [(0, 5, "", NO_ERROR), (1, -1, "", NO_ERROR)]
    refuse_unsure(Coordinator(), ASKED, Response(topics=[("t", answers)]))


def test_it_is_installed_once() -> None:
    """Idempotent: services of one process all call it."""
    check_offset_fetches()
    installed = GroupCoordinator._send_req
    check_offset_fetches()
    assert installed is GroupCoordinator._send_req
