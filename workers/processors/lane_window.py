"""Streams of one lane, joined without an index: a lane writes all its topics in one order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from workers.ports import InRecord

AHEAD = 500
"""Records held at most. More than any two topics of one lane can be apart within a transaction's batch."""

APART_MS = 60_000
"""How much later than its cause's a record may be stored: transactions end within 15 s."""


class LaneWindow:
    """One topic's partition, looked up from front to back. Memory: `ahead` records.

    `passed_over`: how many records, after the first that was asked for, nobody asked for.
    """

    def __init__(
        self, records: AsyncIterator[InRecord], key: Callable[[InRecord], str], ahead: int = AHEAD
    ) -> None:
        self._records = records
        self._key = key
        self._most = ahead
        self._ahead: dict[str, InRecord] = {}
        self._ended = False
        self._matched = False
        self.passed_over = 0

    async def find(self, key: str, at_ms: int) -> InRecord | None:
        """The record, which must lie behind the one found before; None: the topic does not keep it.

        `at_ms`: when its cause's record was stored; what is much older is no longer waited for.
        """
        while key not in self._ahead:
            grown = await self._fill()
            if not self._drop_older(at_ms - APART_MS) and not grown:
                return None
        while next(iter(self._ahead)) != key:
            self._drop_first()
        self._matched = True
        return self._ahead.pop(key)

    def skip(self) -> None:
        """Something was not asked for that may be there: what lies before the next match counts as asked for."""
        self._matched = False

    @property
    def has_matched(self) -> bool:
        """Whether the topic's kept part has begun: what is missing from here on was never written, or is lost."""
        return self._matched

    async def _fill(self) -> bool:
        before = len(self._ahead)
        while not self._ended and len(self._ahead) < self._most:
            record = await anext(self._records, None)
            if record is None:
                self._ended = True
            else:
                self._ahead[self._key(record)] = record
        return len(self._ahead) > before

    def _drop_older(self, than_ms: int) -> int:
        dropped = 0
        while self._ahead and next(iter(self._ahead.values())).timestamp_ms < than_ms:
            self._drop_first()
            dropped += 1
        return dropped

    def _drop_first(self) -> None:
        del self._ahead[next(iter(self._ahead))]
        self.passed_over += self._matched
