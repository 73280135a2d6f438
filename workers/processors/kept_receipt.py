"""The part of a kept receipt that deciding again needs: read by the million, so its explanation is passed over."""

from __future__ import annotations

import msgspec

from schemas.mail import Source, Supersedes

_NULL = b"null"
_BY_RULES = frozenset({"routed", "duplicate", "suppressed", "applied", "refused"})


class Place(msgspec.Struct, frozen=True, gc=False):
    """A `Source`."""

    topic: str
    partition: int
    offset: int


class HeldRight(msgspec.Struct, frozen=True, gc=False):
    """A `RightRead`."""

    user: str
    kind: str
    id: str
    held: tuple[str, ...]


class _Superseded(msgspec.Struct, frozen=True, gc=False):
    attempt: int
    outcome: str


class KeptReceipt(msgspec.Struct, frozen=True):
    """Of a `RoutingDecision`. `raw_state`: the ticket's state before as it was written, not read yet."""

    ticket_id: str
    outcome: str
    place: Place = msgspec.field(name="source")
    policy_version: str
    directory_version: str
    decider_version: str
    delivery_id: str | None = None
    attempt: int = 0
    superseded: _Superseded | None = msgspec.field(name="supersedes", default=None)
    raw_state: msgspec.Raw = msgspec.field(name="state_before", default=msgspec.Raw(_NULL))
    rights: tuple[HeldRight, ...] = ()

    @property
    def state_before(self) -> bytes | None:
        """As it stands in the receipt; None: there was no ticket."""
        raw = bytes(self.raw_state)
        return None if raw == _NULL else raw

    @property
    def was_decided(self) -> bool:
        """By rules: dead letters and what was given up have a receipt too."""
        return self.outcome in _BY_RULES

    @property
    def input_id(self) -> str:
        """The `ce_id` of its enriched mail: see `events_out.source_id`."""
        return f"{self.place.topic}-{self.place.partition}-{self.place.offset}:{self.attempt}"

    @property
    def source(self) -> Source:
        return Source(topic=self.place.topic, partition=self.place.partition, offset=self.place.offset)

    @property
    def supersedes(self) -> Supersedes | None:
        before = self.superseded
        return None if before is None else Supersedes(attempt=before.attempt, outcome=before.outcome)


def read_receipt(value: bytes | None) -> KeptReceipt | None:
    """None: it can't be read. Whether the rest of it is as it should be is for its comparison to say."""
    try:
        return _DECODER.decode(value or b"")
    except msgspec.MsgspecError:
        return None


_DECODER = msgspec.json.Decoder(KeptReceipt)
