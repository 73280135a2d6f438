"""Who is told of work, in memory; and traces that are all kept."""

from collections.abc import Sequence

from schemas.trace_context import TraceContext
from workers.work_ports import Work

MAIL_TRACE = TraceContext("a" * 32, "b" * 16, sampled=True)


class FakeTracing:
    """Every new trace is `MAIL_TRACE`, and is kept."""

    def begin(self) -> TraceContext:
        return MAIL_TRACE

    def follow(self, parent: TraceContext | None, seed: str) -> TraceContext:
        return parent.child(seed) if parent else TraceContext.derived(seed, sampled=True)

    def close(self, within_seconds: float) -> None:
        pass


class FakeWork:
    """`WorkObserver`: keeps what it was told."""

    def __init__(self) -> None:
        self.work: list[Work] = []

    def done(self, work: Sequence[Work], seconds: float) -> None:
        self.work += work
