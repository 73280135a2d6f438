"""What the checks look at: what clients were told, and what a `read_committed` reader finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

Answer = Literal["accepted", "deferred", "refused", "unknown", "unsent"]
"""250, 4xx or 5xx after the final dot; unknown: no answer to it; unsent: there was no dot."""


@dataclass(slots=True)
class Told:
    """One mail as its sender has it: the same bytes may have been tried several times.

    `thread` and `number`: its place in a conversation, each mail of which was sent after the answer to the one
    before. `stranger`: it claims a thread of somebody else.
    """

    message_id: str
    mailboxes: tuple[str, ...]
    content: bytes
    thread: str
    number: int
    kind: str
    answers: list[Answer] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return self.answers.count("accepted")

    @property
    def stored_at_most(self) -> int:
        """A deferred or unanswered mail may be stored; the sender tries again, and it is a duplicate then."""
        return sum(answer in ("accepted", "deferred", "unknown") for answer in self.answers)

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Rec:
    """A record: `value` is its JSON (None: a tombstone), `raw` its octets, `at` its Unix time, `id` its ce_id."""

    partition: int
    offset: int
    key: str
    value: dict[str, Any] | None
    raw: bytes = b""
    at: float = 0.0
    id: str = ""

    @property
    def json(self) -> dict[str, Any]:
        assert self.value is not None
        return self.value


@dataclass(slots=True)
class Evidence:
    """`topics`: every record by topic, in order within a partition. `views`: Redis hash per view name.

    `unstable`: partitions whose last stable offset is below the high watermark. `processes`: ours that still
    live after all were stopped.
    """

    told: list[Told] = field(default_factory=list)
    topics: dict[str, list[Rec]] = field(default_factory=dict)
    views: dict[str, dict[str, bytes]] = field(default_factory=dict)
    directory_view_before: dict[str, bytes] = field(default_factory=dict)
    directory_view: dict[str, bytes] = field(default_factory=dict)
    unstable: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def of(self, topic: str) -> list[Rec]:
        return self.topics.get(topic, [])
