"""The ledger against a model of the pipeline: whatever interleaves, it never accuses wrongly and misses nothing."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from workers.routing.conservation import Cut, Ledger

LANES = (0, 1)
_LANE = st.sampled_from(LANES)
Delivery = tuple[int, int]


@dataclass
class _Written:
    """A record of a transactional topic. `visible` False: its transaction still lacks its marker here."""

    source: Delivery
    attempt: int = 0
    visible: bool = True


class Pipeline(RuleBasedStateMachine):
    """Accept, decide, forward, redrive, lose and double in any order; a reader and a ledger look on."""

    def __init__(self) -> None:
        super().__init__()
        self.accepted = dict.fromkeys(LANES, 0)
        self.committed = dict.fromkeys(LANES, 0)
        self.forward_committed = dict.fromkeys(LANES, 0)
        self.decisions: dict[int, list[_Written]] = {p: [] for p in LANES}
        self.forwarded: dict[int, list[_Written]] = {p: [] for p in LANES}
        self.lost: set[Delivery] = set()
        self.doubled: set[Delivery] = set()
        self._start_reader()

    def _start_reader(self) -> None:
        self.ledger = Ledger(dict.fromkeys(LANES, 0))
        self.read_decisions = dict.fromkeys(LANES, 0)
        self.read_forwarded = dict.fromkeys(LANES, 0)
        self.cut: Cut | None = None
        self.lost_at_cut: set[Delivery] = set()

    # ---- the pipeline
    @rule(lane=_LANE, mails=st.integers(min_value=1, max_value=3))
    def accept(self, lane: int, mails: int) -> None:
        self.accepted[lane] += mails

    @rule(lane=_LANE, hangs=st.booleans())
    def decide(self, lane: int, hangs: bool) -> None:
        if (delivery := self._next(lane)) is not None:
            self.decisions[lane].append(_Written(delivery, visible=not hangs))

    @rule(lane=_LANE, to=_LANE, hangs=st.booleans())
    def forward(self, lane: int, to: int, hangs: bool) -> None:
        if (delivery := self._next(lane)) is not None:
            self.forwarded[to].append(_Written(delivery, visible=not hangs))

    @rule(lane=_LANE, lose=st.booleans(), hangs=st.booleans())
    def decide_forwarded(self, lane: int, lose: bool, hangs: bool) -> None:
        at = self.forward_committed[lane]
        if at < len(self.forwarded[lane]) and self.forwarded[lane][at].visible:
            self.forward_committed[lane] += 1
            source = self.forwarded[lane][at].source
            if lose:
                self.lost.add(source)
            else:
                self.decisions[lane].append(_Written(source, visible=not hangs))

    @rule(lane=_LANE)
    def lose(self, lane: int) -> None:
        if (delivery := self._next(lane)) is not None:
            self.lost.add(delivery)

    @rule(lane=_LANE, data=st.data(), attempt=st.integers(min_value=0, max_value=1))
    def receipt_again(self, lane: int, data: st.DataObject, attempt: int) -> None:
        """Attempt 0 doubles the delivery; a redrive (attempt 1) does not."""
        seen = sorted({w.source for written in self.decisions.values() for w in written if not w.attempt})
        if seen:
            source = data.draw(st.sampled_from(seen))
            self.decisions[lane].append(_Written(source, attempt))
            if not attempt:
                self.doubled.add(source)

    @rule()
    def markers_arrive(self) -> None:
        for written in (*self.decisions.values(), *self.forwarded.values()):
            for record in written:
                record.visible = True

    # ---- the reader
    @rule(lane=_LANE, records=st.integers(min_value=1, max_value=5))
    def read(self, lane: int, records: int) -> None:
        for _ in range(records):
            self._read_one(lane)

    @rule()
    def take_a_cut(self) -> None:
        self.cut = Cut(
            dict(self.committed),
            dict(self.forward_committed),
            dict(self.accepted),
            {p: len(self.decisions[p]) for p in LANES},
            {p: len(self.forwarded[p]) for p in LANES},
        )
        self.lost_at_cut = set(self.lost)

    @rule()
    def restart_the_reader(self) -> None:
        self._start_reader()

    @precondition(lambda self: self.cut is not None)
    @rule()
    def judge(self) -> None:
        assert self.cut is not None
        if self.cut.is_read(self.read_decisions, self.read_forwarded):
            balances = self.ledger.judge(self.cut)
            missing = {(b.partition, m.offset) for b in balances for m in b.missing}
            assert self.lost_at_cut == missing
            assert sum(self.cut.inbound_end.values()) == sum(b.accepted for b in balances)

    @invariant()
    def memory_is_bounded_by_what_is_open(self) -> None:
        for partition, book in self.ledger._partitions.items():
            unread = self.accepted[partition] - len(book.receipted)
            assert book.receipted.run_count <= unread + 1

    def teardown(self) -> None:
        """In the end everything is visible and read: the ledger knows exactly the lost and the doubled."""
        self.markers_arrive()
        self.take_a_cut()
        for lane in LANES:
            while self._read_one(lane):
                pass
        assert self.cut is not None
        balances = self.ledger.judge(self.cut)
        assert self.lost == {(b.partition, m.offset) for b in balances for m in b.missing}
        assert self.doubled == {(b.partition, o) for b in balances for o in b.doubled}

    def _next(self, lane: int) -> Delivery | None:
        if self.committed[lane] == self.accepted[lane]:
            return None
        self.committed[lane] += 1
        return lane, self.committed[lane] - 1

    def _read_one(self, lane: int) -> bool:
        """read_committed: nothing beyond the first record whose transaction is open."""
        read = False
        for written, positions in (
            (self.decisions, self.read_decisions),
            (self.forwarded, self.read_forwarded),
        ):
            at = positions[lane]
            if at < len(written[lane]) and written[lane][at].visible:
                positions[lane], read = at + 1, True
                record = written[lane][at]
                if written is self.decisions:
                    self.ledger.add_receipt(*record.source, record.attempt)
                else:
                    self.ledger.add_forward((lane, at), record.source, record.attempt)
        return read


TestPipeline = Pipeline.TestCase
TestPipeline.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
