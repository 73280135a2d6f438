"""Whatever a lane is cut off at, and whatever its coordinator says, each record has its effect once and in order.

A model of a lane's two inputs, its log, its group and two workers that take turns, one of which may be a zombie. A
transaction is all or nothing; an init ends what an earlier producer left open. What is under test decides where to
read on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aiokafka import TopicPartition
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from workers.streams.faults import Parked
from workers.streams.rewind import Known, read_on_from, set_on

MAILS, COMMANDS = INPUTS = (TopicPartition("mails", 0), TopicPartition("commands", 0))
inputs = st.sampled_from(INPUTS)
workers = st.sampled_from(("one", "other"))
Offsets = dict[TopicPartition, int]


@dataclass
class _Worker:
    """`positions` None: it holds nothing and must acquire before anything else."""

    epoch: int = -1
    positions: Offsets | None = None


@dataclass
class _Broker:
    """What is durable. `commits`: the group's offsets after each transaction, the newest last."""

    ends: Offsets = field(default_factory=lambda: dict.fromkeys(INPUTS, 0))
    begins: Offsets = field(default_factory=lambda: dict.fromkeys(INPUTS, 0))
    effects: dict[TopicPartition, list[int]] = field(default_factory=lambda: {tp: [] for tp in INPUTS})
    written: Offsets = field(default_factory=dict)
    commits: list[Offsets] = field(default_factory=lambda: [{}])
    epoch: int = 0

    def commit(self, positions: Offsets, effects: dict[TopicPartition, range], *, keeps_log: bool) -> None:
        """One transaction: outputs, the lane's own positions, the group's offsets."""
        for tp, offsets in effects.items():
            self.effects[tp].extend(offsets)
        if keeps_log:
            self.written = dict(positions)
        self.commits.append(dict(positions))


class LaneUnderAccidents(RuleBasedStateMachine):
    """A lane with a log of its own: the coordinator may tell an older truth, or nothing."""

    keeps_log = True
    oldest_answer = 3

    def __init__(self) -> None:
        super().__init__()
        self.broker = _Broker()
        self.workers = {"one": _Worker(), "other": _Worker()}
        self.passed_over: set[tuple[TopicPartition, int]] = set()

    @initialize()
    def start(self) -> None:
        self._acquire(self.workers["one"], self.broker.commits[-1])

    @rule(tp=inputs, records=st.integers(1, 4))
    def accept(self, tp: TopicPartition, records: int) -> None:
        self.broker.ends[tp] += records

    @rule(name=workers)
    def acquire(self, name: str) -> None:
        """After an assignment, or after any error: the same."""
        self._acquire(self.workers[name], self.broker.commits[-1])

    @rule(name=workers, back=st.integers(1, 3))
    def acquire_from_an_older_truth(self, name: str, back: int) -> None:
        """The coordinator's answer is that of some transactions before."""
        commits = self.broker.commits
        at = max(0, len(commits) - 1 - min(back, self.oldest_answer))
        self._acquire(self.workers[name], commits[at])

    @rule(name=workers)
    def acquire_without_an_offset(self, name: str) -> None:
        """The group was deleted, or its offsets expired."""
        self._acquire(self.workers[name], {})

    @rule(name=workers, tp=inputs, most=st.integers(1, 4))
    def process(self, name: str, tp: TopicPartition, most: int) -> None:
        """A batch to its end."""
        self._transact(self.workers[name], tp, most)

    @rule(name=workers, tp=inputs, most=st.integers(1, 4), came_through=st.booleans())
    def process_and_be_cut_off(self, name: str, tp: TopicPartition, most: int, came_through: bool) -> None:
        """Killed with the transaction open, or in its commit, which may have come through."""
        worker = self.workers[name]
        if came_through:
            self._transact(worker, tp, most)
        worker.positions = None

    @rule(tp=inputs, data=st.data())
    def retain_less(self, tp: TopicPartition, data: st.DataObject) -> None:
        """Retention asks nobody whether a record was read."""
        begin, end = self.broker.begins[tp], self.broker.ends[tp]
        self.broker.begins[tp] = data.draw(st.integers(begin, end))

    @rule(group_is_lost=st.booleans())
    def set_on_by_a_person(self, group_is_lost: bool) -> None:
        """`stellwerk lanes resume`: an acquire of its own, that fences whoever runs."""
        self.broker.epoch += 1
        known = self._known({} if group_is_lost else self.broker.commits[-1])
        offsets = set_on(known, {tp: self._next(tp) for tp in known.missing})
        if offsets:
            for tp, offset in offsets.items():
                self.passed_over |= {(tp, gone) for gone in range(self._next(tp), offset)}
            self.broker.commit(offsets, {}, keeps_log=self.keeps_log)

    @invariant()
    def each_record_has_its_effect_once_and_in_order(self) -> None:
        for tp in INPUTS:
            effects = self.broker.effects[tp]
            upto = max(effects, default=-1) + 1
            assert [n for n in range(upto) if (tp, n) not in self.passed_over] == effects

    @invariant()
    def only_what_was_deleted_is_passed_over(self) -> None:
        assert all(offset < self.broker.begins[tp] for tp, offset in self.passed_over)

    def teardown(self) -> None:
        """It goes on to the end, with a person's help where records are gone."""
        self.set_on_by_a_person(group_is_lost=False)
        worker = self.workers["one"]
        self._acquire(worker, self.broker.commits[-1])
        for tp in INPUTS:
            self._transact(worker, tp, self.broker.ends[tp])
            assert self.broker.ends[tp] in (self._next(tp), self.broker.begins[tp])
        self.each_record_has_its_effect_once_and_in_order()

    def _acquire(self, worker: _Worker, answer: Offsets) -> None:
        """Init first: nothing of another producer is open or can be committed after it."""
        self.broker.epoch += 1
        worker.epoch, worker.positions = self.broker.epoch, None
        known = self._known(answer)
        untouched = {tp: not self.broker.effects[tp] for tp in known.missing}
        try:
            worker.positions = read_on_from(known, untouched)
        except Parked as parked:
            self._is_parked_with_reason(known, parked)
        else:
            assert all(known.begins[tp] <= worker.positions[tp] <= known.ends[tp] for tp in INPUTS)
            if worker.positions != answer:
                self.broker.commit(worker.positions, {}, keeps_log=self.keeps_log)

    def _is_parked_with_reason(self, known: Known, parked: Parked) -> None:
        """Never without need: unread records are gone, or nothing tells where the lane stood."""
        gone = any(self._next(tp) < self.broker.begins[tp] for tp in INPUTS)
        unknown = any(self.broker.effects[tp] or known.begins[tp] for tp in known.missing)
        assert gone or unknown, parked.reason

    def _transact(self, worker: _Worker, tp: TopicPartition, most: int) -> None:
        """The broker refuses whoever is not the last that was initialised."""
        if worker.positions is None or worker.epoch != self.broker.epoch:
            worker.positions = None
            return
        first = worker.positions[tp]
        if first < self.broker.begins[tp]:  # the fetch fails: out of range
            worker.positions = None
            return
        done = range(first, min(first + most, self.broker.ends[tp]))
        worker.positions = worker.positions | {tp: max(first, done.stop)}
        self.broker.commit(worker.positions, {tp: done}, keeps_log=self.keeps_log)

    def _known(self, answer: Offsets) -> Known:
        broker = self.broker
        return Known(dict(broker.written), dict(answer), dict(broker.begins), dict(broker.ends))

    def _next(self, tp: TopicPartition) -> int:
        """Behind the last record with an effect, or passed over by a person."""
        passed = [offset for where, offset in self.passed_over if where == tp]
        return max([-1, *self.broker.effects[tp], *passed]) + 1


class LaneWithoutALog(LaneUnderAccidents):
    """`price`: it believes its coordinator, but no "none" where something was processed."""

    keeps_log = False
    oldest_answer = 0


_SETTINGS = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLaneUnderAccidents = LaneUnderAccidents.TestCase
TestLaneUnderAccidents.settings = _SETTINGS
TestLaneWithoutALog = LaneWithoutALog.TestCase
TestLaneWithoutALog.settings = _SETTINGS
