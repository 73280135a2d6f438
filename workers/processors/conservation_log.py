"""The port of whoever checks conservation: receipts and forwards as facts, and where everything stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.cloudevents import header
from schemas.mail import Source
from schemas.topics import MAIL_INBOUND
from workers.ports import InRecord
from workers.routing.conservation import Cut, Unstable

_CE_ID = re.compile(r"(?P<topic>.+)-(?P<partition>\d+)-(?P<offset>\d+):(?P<attempt>\d+)")


@dataclass(frozen=True, slots=True)
class About:
    """What a receipt or a forwarded record is about."""

    source: Source
    attempt: int


class ConservationLog(Protocol):
    """Reads `routing.decisions` and `mail.forwarded` as `read_committed`, without a group, and metadata.

    Every call is bounded and raises `DependencyUnavailable`; after that `open` starts over.
    """

    async def open(self, since: datetime | None) -> Mapping[int, int]:
        """Go to the first kept receipts (of `since`), and answer the first offset to judge per partition."""
        ...

    async def cut(self) -> Cut:
        """Committed offsets first, then high watermarks."""
        ...

    async def read_on(self, seconds: float) -> tuple[Sequence[InRecord], Sequence[InRecord]]:
        """(receipts, forwarded records) that came, waiting for the first one at most so long."""
        ...

    async def positions(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """Where the reading stands, in `routing.decisions` and `mail.forwarded`."""
        ...

    async def unstable(self) -> tuple[Unstable, ...]:
        """What hides records from every `read_committed` reader now."""
        ...

    async def inbound(self, partition: int, offset: int) -> InRecord | None:
        """One record of `mail.inbound`; None where it is no longer kept."""
        ...

    async def forwarded(self, partition: int, offset: int) -> InRecord | None:
        """One record of `mail.forwarded`; None where it is no longer kept."""
        ...


def about(record: InRecord) -> About | None:
    """From the event's id, without parsing the value; from the value where the id says nothing.

    None for what names no source: it is no receipt of a delivery.
    """
    found = _CE_ID.fullmatch(header(record.headers, "ce_id") or "")
    if found is None:
        return _from_value(record.value or b"")
    where = Source(topic=found["topic"], partition=int(found["partition"]), offset=int(found["offset"]))
    return About(where, int(found["attempt"]))


def _from_value(value: bytes) -> About | None:
    try:
        document = json.loads(value)
        return About(Source.model_validate(document["source"]), int(document.get("attempt", 0)))
    except (ValueError, KeyError, TypeError):
        return None


def of_a_delivery(record: InRecord) -> About | None:
    """As `about`, for deliveries only: P1 does not count receipts of commands."""
    found = about(record)
    return found if found is not None and found.source.topic == MAIL_INBOUND.name else None
