"""The flow of mail, and conservation: what the background checks found last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from workers.adapters.http_server import Readiness
from workers.adapters.page_answers import Ask, Page
from workers.entrypoints.page_sampler import Sample
from workers.processors.flow_board import Flow, FlowBoard, PartitionFlow

REFRESH_SECONDS = 10
STALE_SECONDS = 30.0
NAMED = 20


@dataclass(frozen=True, slots=True)
class FlowPages:
    """Nothing is asked of anybody while a page is made."""

    board: FlowBoard
    sample: Callable[[], Sample]
    readiness: Callable[[], Readiness]
    now: Callable[[], datetime]

    async def flow(self, ask: Ask) -> Page:
        """How much comes, how much is decided, who is behind, and what does not answer."""
        del ask
        values = {**self._checked(), **self._sampled(), **self._lanes()}
        return Page("flow", "Flow", values, refresh_seconds=REFRESH_SECONDS)

    async def reconcile(self, ask: Ask) -> Page:
        """Conservation (P1), partition by partition, with the offsets that are wrong."""
        del ask
        return Page("reconcile", "Reconcile", self._checked(), refresh_seconds=REFRESH_SECONDS)

    def _checked(self) -> dict[str, object]:
        flow = self.board.flow()
        age = None if flow.checked_at is None else max(0.0, self.now().timestamp() - flow.checked_at)
        return {
            "flow": flow,
            "total": _total(flow),
            "bars": bars(flow.accepted),
            "peak": max((count for count in flow.accepted if count is not None), default=0),
            "named": NAMED,
            "age": age,
            "checked_at": None if flow.checked_at is None else datetime.fromtimestamp(flow.checked_at, UTC),
            "is_stale": age is None or age > STALE_SECONDS,
        }

    def _sampled(self) -> dict[str, object]:
        sample = self.sample()
        age = None if sample.at is None else max(0.0, self.now().timestamp() - sample.at)
        return {"lags": sample.lags, "dependencies": sample.dependencies, "lags_age": age}

    def _lanes(self) -> dict[str, object]:
        found = self.readiness()
        services = [
            (name, details["joined"], details["lanes"])
            for name, details in found.details.items()
            if isinstance(details, dict)
        ]
        return {"services": services, "reasons": found.reasons}


def _total(flow: Flow) -> dict[str, object]:
    parts = flow.partitions
    return {
        "in_flight": sum(part.balance.in_flight for part in parts),
        "oldest": max((part.oldest_seconds for part in parts if part.balance.in_flight), default=None),
        "missing": sum(len(part.balance.missing) for part in parts),
        "doubled": sum(part.balance.doubled_count for part in parts),
        "judged": sum(part.balance.accepted for part in parts),
        "accepted_rate": _sum(parts, "accepted_rate"),
        "decided_rate": _sum(parts, "decided_rate"),
    }


def _sum(parts: tuple[PartitionFlow, ...], name: str) -> float | None:
    known = [getattr(part, name) for part in parts if getattr(part, name) is not None]
    return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Bar:
    """In units of a picture 4 wide for each bar and 40 high; y grows downwards."""

    x: int
    y: float
    height: float


def bars(counts: tuple[int | None, ...]) -> list[Bar]:
    """Of the stretches that are known; something accepted is never invisible."""
    peak = max((count for count in counts if count is not None), default=0)
    found: list[Bar] = []
    for number, count in enumerate(counts):
        if count:
            height = max(1.5, round(40 * count / peak, 1))
            found.append(Bar(4 * number, round(40 - height, 1), height))
    return found
