"""The HTTP door over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from workers.adapters.http_server import HttpServer, Readiness
from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.errors import DependencyUnavailable, InvalidInput, WrongConfiguration

TOKEN = "correct horse"


async def _secret(_: web.Request) -> web.Response:
    return web.json_response({"secret": True})


async def _failing(request: web.Request) -> web.Response:
    match request.match_info["how"]:
        case "invalid":
            raise InvalidInput("the viewer is missing")
        case "away":
            raise DependencyUnavailable("Kafka at broker:9092 is away")
        case _:
            raise RuntimeError("words of a mail")


@asynccontextmanager
async def a_server(
    token: str | None = TOKEN, reasons: tuple[str, ...] = ()
) -> AsyncIterator[tuple[aiohttp.ClientSession, PrometheusMetrics]]:
    metrics = PrometheusMetrics()
    server = HttpServer(
        "127.0.0.1",
        0,
        token=token,
        metrics=metrics,
        readiness=lambda: Readiness(reasons, {"lanes": 4}),
        routes=[web.get("/v1/secret", _secret), web.get("/v1/fail/{how}", _failing)],
    )
    await server.start()
    host, port = server.address
    try:
        async with aiohttp.ClientSession(f"http://{host}:{port}") as client:
            yield client, metrics
    finally:
        await server.stop()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_health_and_metrics_need_no_token(path: str) -> None:
    """Orchestrators and Prometheus have none."""
    async with a_server() as (client, _), client.get(path) as answer:
        assert 200 == answer.status


async def test_readiness_says_why_it_is_not_ready() -> None:
    """503 with the reasons, for load balancers and people."""
    async with a_server(reasons=("kafka is away",)) as (client, _), client.get("/readyz") as answer:
        assert 503 == answer.status
        assert {"ready": False, "reasons": ["kafka is away"], "details": {"lanes": 4}} == await answer.json()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong"),
        bearer(""),
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        bearer("ü" * 99),
    ],
)
@pytest.mark.parametrize("path", ["/v1/secret", "/v1/nothing-here", "/"])
async def test_everything_else_is_401_without_the_token(path: str, headers: dict[str, str]) -> None:
    """Also what does not exist: a stranger can't even learn which paths there are."""
    async with a_server() as (client, _), client.get(path, headers=headers) as answer:
        assert 401 == answer.status
        assert "Bearer" == answer.headers["WWW-Authenticate"]


async def test_the_token_opens() -> None:
    """The scheme's case does not matter (RFC 9110 §11.1)."""
    headers = {"Authorization": f"bearer {TOKEN}"}
    async with a_server() as (client, _), client.get("/v1/secret", headers=headers) as answer:
        assert {"secret": True} == await answer.json()


@pytest.mark.parametrize("token", [None, ""])
async def test_without_a_configured_token_nobody_comes_in(token: str | None) -> None:
    """An empty secret is no secret."""
    async with a_server(token=token) as (client, _), client.get("/v1/secret", headers=bearer("")) as answer:
        assert 401 == answer.status


@pytest.mark.parametrize(("how", "status"), [("invalid", 400), ("away", 503), ("bug", 500)])
async def test_errors_are_answered_in_general_words(how: str, status: int) -> None:
    """Neither the words of a mail nor the names of machines leave through an error."""
    async with a_server() as (client, _), client.get(f"/v1/fail/{how}", headers=bearer(TOKEN)) as answer:
        text = await answer.text()
        assert status == answer.status
        assert "words" not in text
        assert "broker" not in text


async def test_a_huge_header_is_refused() -> None:
    """Memory is bounded whatever is sent."""
    async with (
        a_server() as (client, _),
        client.get("/v1/secret", headers={"X-Long": "x" * 100_000}) as answer,
    ):
        assert 400 == answer.status


@pytest.mark.parametrize("beginning", [b"", b"GET /healthz HTTP/1.1\r\nX-Slow: "])
async def test_a_client_that_sends_no_whole_request_is_cut_off(beginning: bytes) -> None:
    """Else a few hundred of them would hold all file descriptors."""
    server = HttpServer(
        "127.0.0.1", 0, token=None, metrics=PrometheusMetrics(), readiness=Readiness, idle_seconds=0.2
    )
    await server.start()
    reader, writer = await asyncio.open_connection(*server.address)
    try:
        writer.write(beginning)
        async with asyncio.timeout(5):
            assert b"" == await reader.read()
    finally:
        writer.close()
        await server.stop()


async def test_requests_are_counted_by_route_never_by_path() -> None:
    """A label has a bounded number of values."""
    async with a_server() as (client, metrics):
        async with client.get("/v1/fail/invalid", headers=bearer(TOKEN)), client.get("/some/thing"):
            pass
        assert 1 == metrics.value("stellwerk_http_requests_total", route="/v1/fail/{how}", status="400")
        assert 1 == metrics.value("stellwerk_http_requests_total", route="unknown", status="401")


async def test_an_address_in_use_is_a_wrong_configuration() -> None:
    """It is said at start, with the settings to change."""
    metrics = PrometheusMetrics()
    first = HttpServer("127.0.0.1", 0, token=None, metrics=metrics, readiness=Readiness)
    await first.start()
    try:
        second = HttpServer("127.0.0.1", first.address[1], token=None, metrics=metrics, readiness=Readiness)
        with pytest.raises(WrongConfiguration, match="STELLWERK_HTTP__PORT"):
            await second.start()
    finally:
        await first.stop()


async def test_an_answer_does_not_say_which_library_gave_it() -> None:
    """Nor its version: that is a list of holes to try."""
    async with a_server() as (client, _), client.get("/v1/nothing") as answer:
        assert "stellwerk" == answer.headers["Server"]
