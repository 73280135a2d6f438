"""The HTTP door: health, readiness and metrics for everybody who reaches it, the rest behind a bearer token."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from workers.adapters.http_guards import guards
from workers.adapters.prometheus_metrics import CONTENT_TYPE, PrometheusMetrics
from workers.errors import WrongConfiguration

if TYPE_CHECKING:
    from workers.adapters.http_pages import OperatorPages  # its templates are loaded where there are pages

MAX_BODY_BYTES = 256 * 1024
MAX_LINE_BYTES = 8 * 1024
IDLE_SECONDS = 15.0
SHUTDOWN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """`reasons` empty: ready. `details` are shown as they are: ids and closed words only."""

    reasons: tuple[str, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)


class HttpServer:
    """Serves `routes` (all behind the token) beside `/healthz`, `/readyz` and `/metrics` (open), and `pages`.

    No token: everything behind it is 401 for everybody. `port` 0 takes a free one. Answers are JSON; errors are
    `{"error": "…"}` with a general text. A client that sends no whole request head for `idle_seconds` is cut off.
    One start and one stop.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        token: str | None,
        metrics: PrometheusMetrics,
        readiness: Callable[[], Readiness],
        routes: Sequence[web.AbstractRouteDef] = (),
        pages: OperatorPages | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._host, self._port = host, port
        self._metrics = metrics
        self._readiness = readiness
        self._runner = web.AppRunner(
            self._application(token, routes, pages),
            access_log=None,  # its lines hold whatever a stranger asked for
            keepalive_timeout=idle_seconds,
            shutdown_timeout=SHUTDOWN_SECONDS,
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
        )

    @property
    def address(self) -> tuple[str, int]:
        """(host, port) after the start."""
        host, port = self._runner.addresses[0][:2]
        return str(host), int(port)

    async def start(self) -> None:
        """Raises `WrongConfiguration` where the address can't be had."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise WrongConfiguration(
                f"HTTP cannot listen on {self._host}:{self._port} ({error.strerror}). "
                "Set STELLWERK_HTTP__HOST and STELLWERK_HTTP__PORT; port 0 takes a free one."
            ) from error

    async def stop(self) -> None:
        """Close the door; running answers get 3 s."""
        await self._runner.cleanup()

    def _application(
        self, token: str | None, routes: Sequence[web.AbstractRouteDef], pages: OperatorPages | None
    ) -> web.Application:
        application = web.Application(
            middlewares=guards(token, self._metrics, pages.paths if pages else ()),
            client_max_size=MAX_BODY_BYTES,
        )
        application.on_response_prepare.append(_say_little)
        application.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._exposition),
                *routes,
                *(pages.routes() if pages else ()),
            ]
        )
        return application

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _readyz(self, _: web.Request) -> web.Response:
        now = self._readiness()
        answer = {"ready": not now.reasons, "reasons": list(now.reasons), "details": dict(now.details)}
        return web.json_response(answer, status=503 if now.reasons else 200)

    async def _exposition(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})


async def _say_little(_: web.Request, response: web.StreamResponse) -> None:
    """Not which library answers, nor which version of it."""
    response.headers["Server"] = "stellwerk"
