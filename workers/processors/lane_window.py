"""Streams of one lane, joined without an index: a lane writes all its topics in one order.

Looking up never waits, so that what is done for each record needs no coroutine: where more records are needed, whoever
asked awaits them and asks again. That is once in a fetch.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence

from workers.ports import InRecord

AHEAD = 500
"""Records held at most, beside those of one fetch. More than any two topics of one lane can be apart within a
transaction's batch."""

APART_MS = 60_000
"""How much later than its cause's a record may be stored: transactions end within 15 s."""


class LaneWindow:
    """One topic's partition, looked up from front to back. Memory: `ahead` records, and one of `batches`.

    `found`: of the last `find` that could tell. `passed_over`: how many records, after the first that was asked
    for, nobody asked for.
    """

    def __init__(
        self, batches: AsyncIterator[Sequence[InRecord]], key: Callable[[InRecord], str], ahead: int = AHEAD
    ) -> None:
        self._batches = batches
        self._key = key
        self._most = ahead
        self._batch: Sequence[InRecord] = ()
        self._next = 0
        self._ahead: OrderedDict[str, InRecord] = OrderedDict()
        self._ended = False
        self._matched = False
        self.found: InRecord | None = None
        self.passed_over = 0

    async def more(self) -> None:
        """Get the next records, where `find` needs them."""
        batch = await anext(self._batches, None)
        self._ended = batch is None
        self._batch, self._next = batch or (), 0

    def find(self, key: str, at_ms: int) -> bool:
        """Whether it can tell; where not, it needs more records. `found` is the record then, which must lie behind
        the one found before; None: the topic does not keep it.

        `at_ms`: when its cause's record was stored; what is much older is no longer waited for.
        """
        while key not in self._ahead:
            grown = self._grow(key)
            if grown is None:
                return False
            if not grown and not self._drop_older(at_ms - APART_MS):
                self.found = None
                return True
        while True:
            first, record = self._ahead.popitem(last=False)
            if first == key:
                break
            self.passed_over += self._matched
        self._matched, self.found = True, record
        return True

    def skip(self) -> None:
        """Something was not asked for that may be there: what lies before the next match counts as asked for."""
        self._matched = False

    @property
    def has_matched(self) -> bool:
        """Whether the topic's kept part has begun: what is missing from here on was never written, or is lost."""
        return self._matched

    def _grow(self, key: str) -> bool | None:
        """Look ahead until `key`. False: as far as it goes; None: as far as there are records."""
        ahead, batch = self._ahead, self._batch
        while len(ahead) < self._most:
            if self._next == len(batch):
                return False if self._ended else None
            record = batch[self._next]
            self._next += 1
            found = self._key(record)
            ahead[found] = record
            if found == key:
                return True
        return False

    def _drop_older(self, than_ms: int) -> bool:
        dropped = False
        while self._ahead and next(iter(self._ahead.values())).timestamp_ms < than_ms:
            self._ahead.popitem(last=False)
            self.passed_over += self._matched
            dropped = True
        return dropped
