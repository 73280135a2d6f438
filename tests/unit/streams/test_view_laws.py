"""No accident lets a read of the view return something that is not in its topic.

A model of two lanes that take turns as the owner (one may be a zombie), a topic, and a store that may be flushed,
restored from any earlier snapshot, or disturbed in the middle of a rebuild.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule

from tests.support.fakes import FakeViewStore, Snapshot
from workers.errors import DependencyUnavailable, ViewLost
from workers.streams.view import View

T = TypeVar("T")
FIELDS = ("a", "b", "c")
fields = st.sampled_from(FIELDS)
values = st.one_of(st.none(), st.binary(min_size=1, max_size=2))
updates = st.dictionaries(fields, values, min_size=1)


class ViewUnderAccidents(RuleBasedStateMachine):
    """`topic` and `offset` are the truth: what a `read_committed` reader of the topic finds."""

    snapshots: Bundle[Snapshot] = Bundle("snapshots")
    late_writes: Bundle[tuple[View, int, dict[str, bytes | None]]] = Bundle("late_writes")

    def __init__(self) -> None:
        super().__init__()
        self.store = FakeViewStore()
        self.topic: dict[str, bytes] = {}
        self.offset = 0
        self.history: list[tuple[dict[str, bytes], int]] = [({}, 0)]
        self.owner: View | None = None

    @initialize()
    def start(self) -> None:
        self.acquire()

    @rule()
    def acquire(self) -> None:
        """A new owner, or the same after an error: a fresh token, the whole topic."""
        self.owner = None
        view = View(self.store, "view")
        if _done(view.rebuild(dict(self.topic), self.offset)):
            self.owner = view

    @rule()
    def acquire_disturbed(self) -> None:
        """Flushed in the middle of the rebuild: not an owner, unless there was nothing to lose."""
        self.store.flush_during_rebuild = True
        self.acquire()

    @rule(changed=updates)
    def process_a_batch(self, changed: dict[str, bytes | None]) -> None:
        """Read, commit to the topic, then follow in the view; an error at any step means acquire."""
        if self.owner is None or not self._read_is_true():
            self.acquire()
            return
        self._commit(changed)
        if not _done(self.owner.write(self.offset, changed)):
            self.owner = None

    @rule(target=late_writes, changed=updates)
    def pause_after_the_commit(self, changed: dict[str, bytes | None]) -> Any:
        """The owner becomes a zombie between commit and view; another one acquires."""
        if self.owner is None or not self._read_is_true():
            return (View(self.store, "view"), 0, changed)
        zombie = self.owner
        self._commit(changed)
        self.acquire()
        return (zombie, self.offset, changed)

    @rule(late=consumes(late_writes))
    def zombie_writes(self, late: tuple[View, int, dict[str, bytes | None]]) -> None:
        zombie, offset, changed = late
        _done(zombie.write(offset, changed))

    @rule()
    def flush(self) -> None:
        self.store.flush()

    @rule(target=snapshots)
    def take_snapshot(self) -> Snapshot:
        return self.store.snapshot()

    @rule(snapshot=snapshots)
    def restore(self, snapshot: Snapshot) -> None:
        self.store.restore(snapshot)

    @rule(back=st.integers(1, 3))
    def lose_the_end_of_the_log(self, back: int) -> None:
        """A broker that lost its disk: offsets come again, with other records. Every lane acquires then."""
        self.history = self.history[: max(1, len(self.history) - back)]
        topic, self.offset = self.history[-1]
        self.topic = dict(topic)
        self.acquire()

    @rule()
    def read(self) -> None:
        if self.owner is not None and not self._read_is_true():
            self.owner = None

    def _read_is_true(self) -> bool:
        """False where the view is known to be lost; a wrong answer fails the test."""
        assert self.owner is not None
        try:
            found = _run(self.owner.read(FIELDS))
        except ViewLost:
            return False
        assert [self.topic.get(field) for field in FIELDS] == found
        return True

    def _commit(self, changed: dict[str, bytes | None]) -> None:
        for field, value in changed.items():
            if value is None:
                self.topic.pop(field, None)
            else:
                self.topic[field] = value
        self.offset += len(changed)
        self.history.append((dict(self.topic), self.offset))


def _run(doing: Coroutine[Any, Any, T]) -> T:
    """The fake never waits: one step is the whole run."""
    try:
        doing.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError("the fake waited")


def _done(doing: Coroutine[Any, Any, None]) -> bool:
    try:
        _run(doing)
    except DependencyUnavailable:
        return False
    return True


TestViewUnderAccidents = ViewUnderAccidents.TestCase
TestViewUnderAccidents.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
