"""What a lane tells of its work: once for each record, whatever fails around the commit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from tests.support.counting_lane import Counting, CountingTopics
from tests.support.fakes_work import FakeWork
from tests.support.running_lanes import RedisStore, counted, running
from workers.errors import DependencyUnavailable
from workers.ports import BatchOutcome, InRecord, ViewReader
from workers.streams.config import Step
from workers.work_ports import Place, Work


@dataclass(frozen=True, slots=True)
class _Telling(Counting):
    async def decide(self, batch: Sequence[InRecord], view: ViewReader) -> BatchOutcome:
        outcome = await Counting.decide(self, batch, view)
        return replace(outcome, work=[Work("route", "counted", place=_place(each)) for each in batch])


def _place(record: InRecord) -> Place:
    return Place(record.topic, record.partition, record.offset)


@pytest.mark.parametrize("failing", ["sent", "committed"])
async def test_work_is_told_once_whatever_fails_around_the_commit(
    topics: CountingTopics, store: RedisStore, failing: Step
) -> None:
    """A transaction that is aborted tells nothing; one whose view is not written any more tells all the same."""
    failed: set[int] = set()

    async def checkpoint(step: Step, partition: int) -> None:
        if step == failing and partition not in failed:
            failed.add(partition)
            raise DependencyUnavailable("for once")

    told = FakeWork()
    config = replace(topics.config(store, checkpoint=checkpoint), logic=lambda _: _Telling(topics), work=told)
    await topics.put([f"k{number}" for number in range(40)])
    async with running(config):
        await counted(topics, 40)
    assert failed
    assert {1} == set(Counter(work.place for work in told.work).values())
    assert 40 == len(told.work)
