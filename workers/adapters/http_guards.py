"""What stands before every HTTP handler: counting, errors in general words, the token, a bound on time."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Container
from hashlib import sha256

from aiohttp import web
from aiohttp.typedefs import Middleware

from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.errors import DependencyUnavailable, InvalidInput

OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
REQUEST_SECONDS = 20.0
RETRY_AFTER_SECONDS = 5

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = logging.getLogger(__name__)


def guards(
    token: str | None, metrics: PrometheusMetrics, guarded_elsewhere: Container[str] = ()
) -> list[Middleware]:
    """Outermost first. `guarded_elsewhere`: patterns of routes that ask for a token or a session themselves."""
    return [_counted(metrics), _errors_as_json, _authorised(token, guarded_elsewhere)]


def has_token(request: web.Request, token: str | None) -> bool:
    """As a bearer token. Compares digests in constant time: neither length nor beginning can be measured."""
    expected = None if not token else sha256(token.encode()).digest()
    return expected is not None and hmac.compare_digest(_given(request), expected)


def _counted(metrics: PrometheusMetrics) -> Middleware:
    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"  # never the path: it is a stranger's input
        metrics.add("stellwerk_http_requests_total", route=route, status=str(response.status))
        return response

    return counted


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            return await handler(request)
    except web.HTTPException as answer:
        return _error(answer.status, answer.reason, allow=answer.headers.get("Allow"))
    except InvalidInput as error:
        return _error(400, error.public)
    except (DependencyUnavailable, TimeoutError):
        return _error(503, "A dependency is unavailable; try again.", retry_after=RETRY_AFTER_SECONDS)
    except Exception as error:  # noqa: BLE001 - a bug of one handler: logged with its traceback, told in general words
        _log.exception("http-request-failed", extra={"kind": type(error).__name__})
        return _error(500, "Internal error.")


def _authorised(token: str | None, guarded_elsewhere: Container[str]) -> Middleware:
    @web.middleware
    async def authorised(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        elsewhere = resource is not None and resource.canonical in guarded_elsewhere
        if request.path in OPEN or elsewhere or has_token(request, token):
            return await handler(request)
        raise web.HTTPUnauthorized

    return authorised


def _given(request: web.Request) -> bytes:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return sha256(token.strip().encode("utf-8", "replace")).digest() if scheme.lower() == "bearer" else b""


def _error(
    status: int, text: str, *, allow: str | None = None, retry_after: int | None = None
) -> web.StreamResponse:
    headers = {
        **({"WWW-Authenticate": "Bearer"} if status == 401 else {}),
        **({"Allow": allow} if allow else {}),
        **({"Retry-After": str(retry_after)} if retry_after else {}),
    }
    return web.json_response({"error": text}, status=status, headers=headers)
