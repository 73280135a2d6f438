"""Who is told of each unit of work, once its effect is durable: the log, and traces. Ids and closed words only (P5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import randbytes
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol

from schemas.trace_context import TraceContext

Stage = Literal["receive", "accept", "route", "price", "project", "clock"]
"""`receive` is of a mail as a whole, `accept` of one delivery of it."""

_NO_IDS: Mapping[str, str] = MappingProxyType({})


class Place(NamedTuple):
    """A record, by its topic's final name."""

    topic: str
    partition: int
    offset: int


class Work(NamedTuple):
    """`ids`: of delivery, ticket, command or order. `place`: the record that it was about, or that it wrote.

    `trace`: the span of this work, as the records that it wrote name it; `parent`: whose work caused it.
    """

    stage: Stage
    outcome: str
    ids: Mapping[str, str] = _NO_IDS
    place: Place | None = None
    trace: TraceContext | None = None
    parent: TraceContext | None = None


class WorkObserver(Protocol):
    def done(self, work: Sequence[Work], seconds: float) -> None:
        """All of it ended now, and began `seconds` ago. Must not raise, must not block."""
        ...


class Tracing(Protocol):
    """Which span a unit of work will be, before its effect is written. Cheap; no IO."""

    def begin(self) -> TraceContext:
        """Of a mail that comes, or a record that we write on our own: a trace of its own, by chance."""
        ...

    def follow(self, parent: TraceContext | None, seed: str) -> TraceContext | None:
        """Of a record whose writer was `parent`. The same for the same seed; None: nothing is traced."""
        ...

    def close(self, within_seconds: float) -> None:
        """Send what is left. Blocks, for as long at most."""
        ...


class Untraced:
    """Traces nothing, and hands on what others trace: a new trace says that nobody keeps it."""

    def begin(self) -> TraceContext:
        digits = randbytes(24).hex()  # noqa: S311 - ids
        return TraceContext(digits[:32], digits[32:], sampled=False)

    def follow(self, parent: TraceContext | None, seed: str) -> TraceContext | None:
        return parent.child(seed) if parent else None

    def close(self, within_seconds: float) -> None:
        pass


class Unwatched:
    """Tells nobody."""

    def done(self, work: Sequence[Work], seconds: float) -> None:
        pass
