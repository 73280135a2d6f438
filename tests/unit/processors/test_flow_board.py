"""Rates and bars from the balances of the continuous check."""

from workers.processors.flow_board import BUCKETS, FlowBoard
from workers.routing.conservation import Balance, Missing, Unstable


class World:
    """Mails come at a steady pace; every 5 s there is a check."""

    def __init__(self) -> None:
        self.now = 100.0
        self.board = FlowBoard(lambda: self.now)

    def check(self, *ends: int, in_flight: int = 0, missing: int = 0) -> None:
        for partition, end in enumerate(ends):
            lost = tuple(Missing(offset, None) for offset in range(missing))
            receipted = end - in_flight - missing
            self.board.balance(Balance(partition, end, receipted, in_flight, end, lost, (), 0, end), 1.5)
        self.board.reconciled(1_800_000_000.0 + self.now)
        self.now += 5


def test_before_the_first_check_nothing_is_known() -> None:
    """Not zero: unknown."""
    flow = FlowBoard(lambda: 0.0).flow()
    assert (None, (), (None,) * BUCKETS) == (flow.checked_at, flow.partitions, flow.accepted)


def test_rates_are_means_over_the_last_minute() -> None:
    """Of each partition; what was before does not count."""
    world = World()
    for number in range(100):
        world.check(1000 * number, 500)
    for number in range(1, 15):
        world.check(99_000 + 10 * number, 500, in_flight=number)
    busy, idle = world.board.flow().partitions
    assert (2.0, 0.0) == (busy.accepted_rate, idle.accepted_rate)
    assert busy.decided_rate is not None
    assert 1.7 < busy.decided_rate < 1.9


def test_one_check_gives_no_rate() -> None:
    """There is no mean over no time."""
    world = World()
    world.check(7)
    [part] = world.board.flow().partitions
    assert (None, None) == (part.accepted_rate, part.decided_rate)


def test_bars_count_what_was_accepted_and_memory_is_bounded() -> None:
    """Fifteen seconds each; those from before the first check are unknown, and a topic made anew counts from 0."""
    world = World()
    for number in range(40):
        world.check(10 * number, 2 * number)
    accepted = world.board.flow().accepted
    assert (None, 36) == (accepted[0], accepted[-2])
    for number in range(5_000):
        world.check(number % 7)
    flow = world.board.flow()
    assert all(count is not None and count >= 0 for count in flow.accepted)
    assert len(world.board._samples[0]) < 250


def test_what_is_wrong_is_told() -> None:
    """A loss in one partition is a loss."""
    world = World()
    world.check(7, 9)
    assert world.board.flow().holds
    world.check(7, 9, missing=1)
    hidden = (Unstable("mail.forwarded", 1, 4, 6),)
    world.board.unstable(hidden)
    flow = world.board.flow()
    assert (False, hidden) == (flow.holds, flow.unstable)
