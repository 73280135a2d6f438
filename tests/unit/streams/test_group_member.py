"""T2, T7, T8: what a rebalance may do."""

from inspect import iscoroutinefunction

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from workers.ports import LaneLogic
from workers.streams.client_options import member_options, producer_options
from workers.streams.config import LaneServiceConfig, Timing
from workers.streams.faults import Disturbed, InputsApartError
from workers.streams.group_member import GroupMember, by_partition
from workers.streams.health import LaneHealth, LaneState

BOTH = frozenset({"mails", "commands"})


class FakeTenant:
    """Knows whether it was started and released."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failure: BaseException | None = None
        self.state: LaneState = "running"

    def start(self) -> None:
        self.calls.append("start")

    async def release(self, within: float) -> None:
        self.calls.append("release")

    def health(self) -> LaneHealth:
        return LaneHealth(0, self.state, None, 0.0, None)


class Harness:
    def __init__(self) -> None:
        self.tenants: list[FakeTenant] = []
        self.member = GroupMember({}, "group", BOTH, Timing(), 1000, self._tenant)

    def _tenant(self, consumer: AIOKafkaConsumer, partition: int) -> FakeTenant:
        self.tenants.append(FakeTenant())
        return self.tenants[-1]


def _assigned(*partitions: int) -> list[TopicPartition]:
    return [TopicPartition(topic, n) for topic in BOTH for n in partitions]


@pytest.fixture
async def harness() -> Harness:
    return Harness()


def test_t2_a_partition_comes_with_all_inputs() -> None:
    """One lane per partition number."""
    assert [0, 3] == by_partition(_assigned(3, 0), BOTH)


def test_t2_a_partition_that_lacks_an_input_is_refused() -> None:
    """Two workers would work on one ticket."""
    with pytest.raises(InputsApartError, match="commands"):
        by_partition([*_assigned(0), TopicPartition("mails", 1)], BOTH)


async def test_t2_a_worker_with_half_a_partition_stops_loudly(harness: Harness) -> None:
    """aiokafka swallows what a callback raises, so the watcher raises it."""
    harness.member.on_partitions_assigned([TopicPartition("mails", 1)])
    assert not harness.member.joined
    with pytest.raises(InputsApartError):
        await harness.member.check()
    await harness.member.stop()


def test_t2_the_assignor_keeps_the_inputs_of_a_partition_together() -> None:
    """aiokafka's default splits them with three or five members."""
    options = member_options({}, "group", Timing(), 1000)
    assert (RangePartitionAssignor,) == options["partition_assignment_strategy"]


async def test_t7_no_lane_is_started_while_stopping(harness: Harness) -> None:
    """An orphan lane would initialise its id again and again, and fence the real owner."""
    harness.member.on_partitions_assigned(_assigned(0, 1))
    await harness.member.stop()
    harness.member.on_partitions_assigned(_assigned(0, 1))
    assert [["start", "release"]] * 2 == [tenant.calls for tenant in harness.tenants]


async def test_a_rebalance_releases_before_it_gives(harness: Harness) -> None:
    """Eager protocol: everything is revoked, then assigned anew."""
    harness.member.on_partitions_assigned(_assigned(0))
    await harness.member.on_partitions_revoked(_assigned(0))
    assert not harness.member.joined
    harness.member.on_partitions_assigned(_assigned(0))
    assert [["start", "release"], ["start"]] == [tenant.calls for tenant in harness.tenants]
    await harness.member.stop()


async def test_a_tenant_that_failed_is_heard_of(harness: Harness) -> None:
    """Also when a rebalance released it before anybody looked."""
    harness.member.on_partitions_assigned(_assigned(0))
    harness.tenants[0].failure = KeyError("a bug")
    await harness.member.on_partitions_revoked(_assigned(0))
    with pytest.raises(KeyError):
        await harness.member.check()
    await harness.member.stop()


async def test_a_tenant_that_ended_by_itself_is_replaced(harness: Harness) -> None:
    """Whatever ended it: a partition that nobody works on, and nobody misses, is the worst that can happen."""
    harness.member.on_partitions_assigned(_assigned(0))
    harness.tenants[0].state = "released"
    with pytest.raises(Disturbed):
        await harness.member.check()
    await harness.member.stop()


def test_t8_the_callback_of_an_assignment_cannot_wait() -> None:
    """aiokafka starts heartbeats only after it returns."""
    assert not iscoroutinefunction(GroupMember.on_partitions_assigned)


def test_t12_a_dead_worker_holds_up_readers_for_15_seconds_at_most() -> None:
    """aiokafka's default is a minute."""
    config = LaneServiceConfig("n", "g", "id", ("t",), {}, _no_logic, _never)
    assert 10_000 <= producer_options(config, "id-0")["transaction_timeout_ms"] <= 15_000


def test_offsets_are_neither_reset_nor_committed_by_the_client() -> None:
    """Both are decisions of `acquire` and of a transaction."""
    options = member_options({}, "group", Timing(), 1000)
    assert ("none", False, "read_committed") == (
        options["auto_offset_reset"],
        options["enable_auto_commit"],
        options["isolation_level"],
    )


def _no_logic(partition: int) -> LaneLogic:
    raise AssertionError


async def _never(tp: TopicPartition) -> bool:
    raise AssertionError
