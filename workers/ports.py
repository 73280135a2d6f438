"""What the use cases need from the world, as small protocols.

Each has a real adapter in `workers/adapters` (or `workers/streams`) and an in-memory fake in `tests/support`;
both pass the same suite in `tests/contract`. Every method that talks to a dependency raises
`DependencyUnavailable` when it cannot answer within its bound, and never guesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from schemas.policy_events import PolicyVersion
from workers.work_ports import Work

Headers = tuple[tuple[str, bytes], ...]


class InRecord(NamedTuple):
    """A record as it was read; a tuple, for it is made by the million.

    `timestamp_ms` is the broker's or producer's time in ms since the epoch (UTC).
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class OutRecord(NamedTuple):
    """A record to write. `partition` None: murmur2 of the key, as every Kafka client does it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """Everything that one transaction writes.

    `view`: new values of the view's fields (None deletes), also written to the view's topic by `outputs`.
    `own_faults`: one flag per input record, true where *our* code or *our* record was at fault (P8): the
    brake counts them; a sender's strange mail is never one. `work`: what is told once the transaction is committed.
    """

    outputs: Sequence[OutRecord] = ()
    view: Mapping[str, bytes | None] = field(default_factory=dict)
    own_faults: Sequence[bool] = ()
    work: Sequence[Work] = ()


class ViewReader(Protocol):
    async def read(self, fields: Sequence[str]) -> list[bytes | None]:
        """The fields' values (None: no such field) in one round trip.

        Raises `ViewLost` where the view is not what this lane wrote last, `DependencyUnavailable` where Redis
        does not answer.
        """
        ...


class LaneLogic(Protocol):
    """What a lane does with its records. One instance per lane; called by one task only."""

    async def acquire(self) -> None:
        """Before the first decision after every start or error: read to the end what decisions depend on."""
        ...

    async def decide(self, batch: Sequence[InRecord], view: ViewReader) -> BatchOutcome:
        """The batch's whole effect. Called again for the same records after a failed transaction.

        A record that cannot be processed becomes a dead letter in the outcome; what is raised stops or
        restarts the lane, never skips a record.
        """
        ...


class ViewStore(Protocol):
    """Hashes with a mark (`@at`), the last write of their one owner. DESIGN part 7, "Ticket view"."""

    async def read(self, view: str, fields: Sequence[str]) -> tuple[str | None, list[bytes | None]]:
        """The mark (None: there is no view) and the fields, read together in one round trip."""
        ...

    async def write(self, view: str, expected: str, mark: str, updates: Mapping[str, bytes | None]) -> bool:
        """Set or delete (None) fields and the mark, if the mark is `expected`; else change nothing: False."""
        ...

    async def rebuild(self, view: str, mark: str, fields: Iterable[tuple[str, bytes]]) -> bool:
        """Replace the whole view. False (and the old view stays) where the new hash was disturbed meanwhile."""
        ...


class CommandLog(Protocol):
    """Where our own ticks are written, `tickets.commands`."""

    async def append(self, records: Sequence[OutRecord]) -> list[datetime]:
        """When the broker took each, by its own clock, once all are durable.

        Raises `DependencyUnavailable`; some may be stored all the same.
        """
        ...


class BlobStore(Protocol):
    """Content too big for a record. Content-addressed, so writing twice is harmless."""

    async def put(self, sha256: str, content: bytes) -> str:
        """Make it durable, then answer its URL (`ref`)."""
        ...

    async def get(self, ref: str) -> bytes:
        """The bytes. Raises `InvalidInput` for a blob that does not exist, or is not what its address says."""
        ...


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """`whole` False: a file that was being written when its process was killed. `changed_at` None: not known."""

    path: str
    sha256: str
    size_bytes: int
    changed_at: datetime | None
    whole: bool = True


class BlobInventory(Protocol):
    """What lies in a blob store. Raises `DependencyUnavailable`."""

    async def stored(self) -> tuple[StoredBlob, ...]:
        """All that is there now; nothing where nothing was ever stored."""
        ...

    async def has(self, sha256: str) -> bool:
        """Whether this blob is there now."""
        ...

    async def remove(self, blob: StoredBlob, unchanged_since: datetime) -> bool:
        """Take it away, unless it was written again since then (aware); whether it was."""
        ...


class Ack(NamedTuple):
    """Where an acknowledged record lies."""

    topic: str
    partition: int
    offset: int


class InboundLog(Protocol):
    """The append-only log of accepted mail, `mail.inbound`."""

    async def append(self, records: Sequence[OutRecord]) -> list[Ack]:
        """Returns after the broker has acknowledged every record with all in-sync replicas.

        Raises `DependencyUnavailable` where that is not certain in time; some of the records may be stored
        all the same (the sender tries again, and the same mail has the same id).
        """
        ...


class PolicyLog(Protocol):
    """The policies that went live, `policy.activations` with `policy.versions`."""

    async def refresh(self) -> None:
        """Read the activations to their present end. Raises `DependencyUnavailable`; the old one stays then."""
        ...

    @property
    def current(self) -> PolicyVersion:
        """The last one activated. Raises `DependencyUnavailable` where none is, or none is read yet."""
        ...


@dataclass(frozen=True, slots=True)
class DirectoryPlace:
    """Where the directory view is, and how far it must have come at least.

    `end`: the last stable offset of `directory.entities`.
    """

    view: str
    end: int


class DirectoryLog(Protocol):
    """`directory.entities`, as far as its readers need it."""

    async def place(self) -> DirectoryPlace:
        """As of now. Raises `DependencyUnavailable`."""
        ...


class TicketPartitions(Protocol):
    """Which lane owns a ticket: murmur2 over the partition count that the cluster has."""

    async def refresh(self) -> None:
        """Ask the cluster for the count; before the first `of`. Raises `DependencyUnavailable`."""
        ...

    def of(self, ticket_id: str) -> int: ...


class RouteObserver(Protocol):
    """What the routing worker tells the metrics. Must not raise and must not block."""

    def decided(self, outcome: str, classification: str) -> None: ...

    def set_aside(self, stage: str, own_fault: bool) -> None: ...

    def forwarded(self) -> None: ...

    def commanded(self, kind: str, accepted: bool) -> None: ...

    def sla_told(self, kind: str, late: bool) -> None: ...


class OrderObserver(Protocol):
    """What the pricing worker tells the metrics. Must not raise and must not block."""

    def priced(self, completely: bool) -> None: ...

    def set_aside(self, stage: str, own_fault: bool) -> None: ...


def mark_offset(mark: str) -> int:
    """The next offset that a view's mark `<token>:<next offset>` names: the view holds all records below it."""
    return int(mark.rpartition(":")[2])
