"""Health, readiness and metrics of a process as a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from aiohttp import web
from mode import Service

from workers.adapters.http_server import HttpServer, Readiness
from workers.adapters.lane_metrics import LaneMetrics
from workers.entrypoints.installation import Installation
from workers.streams.health import ServiceHealth

if TYPE_CHECKING:
    from workers.adapters.http_pages import OperatorPages  # its templates are loaded where there are pages

MEASURE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What this process runs: lanes by service name, and whether each other part is ready (None) or why not.

    `hints` make nothing unready: they are words about why something is.
    """

    lanes: Mapping[str, Callable[[], ServiceHealth]]
    parts: Mapping[str, Callable[[], str | None]]
    hints: Callable[[], Sequence[str]] = tuple

    def readiness(self) -> Readiness:
        reasons = [f"{name}: {reason}" for name, check in self.parts.items() if (reason := check())]
        details: dict[str, object] = {}
        for name, health in self.lanes.items():
            found = health()
            details[name] = asdict(found)
            reasons += _not_ready(name, found)
        if reasons:
            reasons += self.hints()
        return Readiness(tuple(reasons), details)


class HttpService(Service):
    """Answers from its start on, also while nothing else works: that is when it is needed."""

    def __init__(
        self,
        installation: Installation,
        watched: Watched,
        routes: Sequence[web.AbstractRouteDef] = (),
        pages: OperatorPages | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        http = installation.settings.http
        self._metrics = installation.metrics
        self._watched = watched
        self._known: dict[str, set[int]] = {}
        self._stuck: dict[tuple[str, int], set[str]] = {}
        self._server = HttpServer(
            http.host,
            http.port,
            token=http.token.get_secret_value() if http.token else None,
            metrics=installation.metrics,
            readiness=watched.readiness,
            routes=routes,
            pages=pages,
        )

    @property
    def address(self) -> tuple[str, int]:
        """(host, port) after the start."""
        return self._server.address

    async def on_start(self) -> None:
        self._metrics.set("stellwerk_build_info", 1, version=version("stellwerk"))
        await self._server.start()

    async def on_stop(self) -> None:
        await self._server.stop()

    @Service.task
    async def _measure(self) -> None:
        while not self.should_stop:
            for name, health in self._watched.lanes.items():
                self._measure_lanes(name, health())
            await self.sleep(MEASURE_SECONDS)

    def _measure_lanes(self, name: str, health: ServiceHealth) -> None:
        metrics = LaneMetrics(self._metrics, name)
        for lane in health.lanes:
            ever_stuck = self._stuck.setdefault((name, lane.partition), set())
            ever_stuck.update(lane.stuck)
            metrics.lane_health(
                lane.partition,
                lag_records=lane.lag_records,
                idle_seconds=lane.seconds_since_progress,
                stuck=lane.stuck,
                inputs=tuple(sorted(ever_stuck)),  # what is free again must say so
            )
        here = {lane.partition for lane in health.lanes}
        for partition in self._known.get(name, set()) - here:
            metrics.lane_gone(partition)
        self._known[name] = here


def _not_ready(name: str, health: ServiceHealth) -> list[str]:
    if not health.joined:
        return [f"{name}: waiting for its partitions"]
    waiting = [lane for lane in health.lanes if lane.state != "running"]
    return [
        f"{name}: lane {lane.partition} is {lane.state}" + (f" ({lane.reason})" if lane.reason else "")
        for lane in waiting
    ]
