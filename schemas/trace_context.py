"""W3C Trace Context, level 1: who traces what a record is about. Carries ids and one flag, nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

_VERSION_00 = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})\Z")
_SAMPLED = 0x01


@dataclass(frozen=True, slots=True)
class TraceContext:
    """`trace_id`: 32, `span_id`: 16 small hex digits, neither all zeros. `sampled`: its caller keeps the trace."""

    trace_id: str
    span_id: str
    sampled: bool

    @classmethod
    def read(cls, traceparent: str | None) -> TraceContext | None:
        """None for what is missing, or not exactly as version 00 has it (§3.2): others write our input topics."""
        found = _VERSION_00.match(traceparent) if traceparent else None
        if found is None:
            return None
        trace_id, span_id, flags = found.groups()
        if not int(trace_id, 16) or not int(span_id, 16):
            return None
        return cls(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))

    @classmethod
    def derived(cls, seed: str, *, sampled: bool) -> TraceContext:
        """The first span of a trace of its own; the same for the same seed."""
        return cls(_digits("trace", seed, 32), _digits("span", seed, 16), sampled)

    def child(self, seed: str) -> TraceContext:
        """A span of the same trace; the same for the same seed, so that what is done twice is the same bytes."""
        return TraceContext(self.trace_id, _digits("span", seed, 16), self.sampled)

    def write(self) -> str:
        """As the header `traceparent` has it."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def _digits(kind: str, seed: str, count: int) -> str:
    return sha256(f"{kind}/{seed}".encode()).hexdigest()[:count]
