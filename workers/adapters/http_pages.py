"""The operators' pages over HTTP: behind the token or a session made with it, read-only, bounded in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from workers.adapters.http_guards import Handler, has_token
from workers.adapters.http_sign_in import SIGN_IN, SignIn, cookie_of, place_of
from workers.adapters.page_answers import MAX_VALUE_CHARACTERS, Ask, GoTo, Page, PageRoute
from workers.adapters.page_responses import asset, page_response, redirect
from workers.adapters.page_sessions import Sessions
from workers.adapters.page_templates import PageTemplates
from workers.errors import DependencyUnavailable, InvalidInput, WrongConfiguration

ASSETS = ("stellwerk.css", "stellwerk.svg")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a page waits for its turn, how long it then takes at most, and how many are made at once."""

    wait_seconds: float = 3.0
    cheap_seconds: float = 10.0
    expensive_seconds: float = 15.0
    cheap_at_once: int = 8
    expensive_at_once: int = 1


class OperatorPages:
    """Routes with a guard of their own: a browser without a session is sent to sign in, others get 401.

    What a view cannot answer becomes a page that says so: 400, 404, 503, and 500 for a bug, which is logged.
    """

    def __init__(
        self,
        routes: Sequence[PageRoute],
        sessions: Sessions,
        sign_in: SignIn,
        token: str | None,
        bounds: Bounds | None = None,
    ) -> None:
        self._pages = routes
        self._sessions = sessions
        self._sign_in = sign_in
        self._token = token
        self._templates = sign_in.templates
        self._bounds = bounds or Bounds()
        self._cheap = asyncio.Semaphore(self._bounds.cheap_at_once)
        self._expensive = asyncio.Semaphore(self._bounds.expensive_at_once)

    @property
    def paths(self) -> frozenset[str]:
        """The routes' patterns: the bearer guard leaves them to this one."""
        own = {page.path for page in self._pages} | {f"/assets/{name}" for name in ASSETS}
        return frozenset(own | self._sign_in.paths)

    def routes(self) -> list[web.AbstractRouteDef]:
        """For `HttpServer`."""
        return [
            *(web.get(page.path, self._guarded(page)) for page in self._pages),
            *(web.get(f"/assets/{name}", _asset_handler(self._templates, name)) for name in ASSETS),
            *self._sign_in.routes(),
        ]

    def _guarded(self, page: PageRoute) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if not (self._sessions.holds(cookie_of(request)) or has_token(request, self._token)):
                if "text/html" not in request.headers.get("Accept", ""):
                    raise web.HTTPUnauthorized
                return redirect(f"{SIGN_IN}?next={place_of(request)}")
            return await self._answer(request, page)

        return handle

    async def _answer(self, request: web.Request, page: PageRoute) -> web.StreamResponse:
        try:
            async with self._turn(page):
                answer = await page.view(_ask(request))
            if isinstance(answer, GoTo):
                return redirect(answer.place)
            return page_response(self._templates, answer, page.section)
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - each kind becomes a page
            return page_response(self._templates, _problem(error), page.section)

    @asynccontextmanager
    async def _turn(self, page: PageRoute) -> AsyncIterator[None]:
        bounds, turns = self._bounds, self._expensive if page.expensive else self._cheap
        try:
            async with asyncio.timeout(bounds.wait_seconds):
                await turns.acquire()
        except TimeoutError:
            raise DependencyUnavailable(
                "Another look into the history is under way: ask again in a moment."
            ) from None
        try:
            async with asyncio.timeout(bounds.expensive_seconds if page.expensive else bounds.cheap_seconds):
                yield
        finally:
            turns.release()


def _ask(request: web.Request) -> Ask:
    query = {name: value.strip() for name, value in request.query.items()}
    path = dict(request.match_info)
    if any(len(value) > MAX_VALUE_CHARACTERS for value in (*query.values(), *path.values())):
        raise InvalidInput(f"What you ask for may have {MAX_VALUE_CHARACTERS} characters at most.")
    return Ask(path, query)


def _problem(error: Exception) -> Page:
    if isinstance(error, InvalidInput) and not isinstance(error, WrongConfiguration):
        return _problem_page(400, "This cannot be asked", error.public)
    if isinstance(error, (DependencyUnavailable, WrongConfiguration)):
        return _problem_page(503, "Not now", error.public)
    if isinstance(error, TimeoutError):
        text = "This took too long, so it was given up. Choose a shorter period, or use the command line."
        return _problem_page(503, "Not now", text)
    _log.error("http-request-failed", exc_info=error, extra={"kind": type(error).__name__})
    return _problem_page(500, "Our fault", "Something in Stellwerk is wrong here; its log says what.")


def _problem_page(status: int, title: str, text: str) -> Page:
    return Page("problem", title, {"text": text, "status": status}, status)


def _asset_handler(templates: PageTemplates, name: str) -> Handler:
    async def handle(_: web.Request) -> web.StreamResponse:
        return asset(templates, name)

    return handle
