"""Sign in with the operators' token, once, in exchange for a cookie; and out again."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, quote

from aiohttp import web
from markupsafe import escape

from workers.adapters.page_answers import Page
from workers.adapters.page_responses import page_response, redirect
from workers.adapters.page_sessions import LASTING_SECONDS, Sessions
from workers.adapters.page_templates import PageTemplates
from workers.adapters.sign_in_tries import Tries

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
COOKIE = "stellwerk_session"
MAX_FORM_BYTES = 8 * 1024
_OURS = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}\Z")


class SignIn:
    """The only requests beside GET and HEAD. A form that another site sends is refused (403)."""

    paths = frozenset({SIGN_IN, SIGN_OUT})

    def __init__(self, sessions: Sessions, templates: PageTemplates, clock: Callable[[], float]) -> None:
        self.templates = templates
        self._sessions = sessions
        self._tries = Tries(clock)

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get(SIGN_IN, self._form),
            web.post(SIGN_IN, self._sign_in),
            web.post(SIGN_OUT, self._sign_out),
        ]

    async def _form(self, request: web.Request) -> web.StreamResponse:
        place = own_place(request.query.get("next", "/"))
        if self._sessions.holds(cookie_of(request)):
            return redirect(place)
        return self._page(place)

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        form = await _form_of(request)
        place = own_place(form.get("next", "/"))
        if not self._tries.allowed(request.remote or ""):
            return self._page(place, "Too many tries from here. Wait half a minute.", 429)
        cookie = self._sessions.begin(form.get("token", "").strip())
        if cookie is None:
            return self._page(place, "That is not the token.", 401)
        response = redirect(place)
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=LASTING_SECONDS,
            path="/",
            secure=_is_secure(request),
            httponly=True,
            samesite="Strict",
        )
        return response

    async def _sign_out(self, request: web.Request) -> web.StreamResponse:
        await _form_of(request)
        self._sessions.end(cookie_of(request))
        response = redirect(SIGN_IN)
        response.del_cookie(COOKIE, path="/", secure=_is_secure(request), httponly=True, samesite="Strict")
        return response

    def _page(self, place: str, problem: str | None = None, status: int = 200) -> web.Response:
        values = {"next": escape(place), "problem": problem, "possible": self._sessions.possible}
        return page_response(self.templates, Page("sign_in", "Sign in", values, status), None)


def cookie_of(request: web.Request) -> str:
    return request.cookies.get(COOKIE, "")


def own_place(place: str) -> str:
    """A path of this server; `/` for everything else: never another site."""
    return place if _OURS.match(place) else "/"


def place_of(request: web.Request) -> str:
    """Where somebody wanted to go, as a value of a query."""
    return quote(own_place(request.path_qs), safe="")


def _is_secure(request: web.Request) -> bool:
    """Here, or at the proxy before us: one that lies about it only keeps the cookie from being sent."""
    return request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"


async def _form_of(request: web.Request) -> dict[str, str]:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise web.HTTPForbidden
    if (request.content_length or 0) > MAX_FORM_BYTES:
        raise web.HTTPRequestEntityTooLarge(MAX_FORM_BYTES, request.content_length or 0)
    octets = await request.read()
    if len(octets) > MAX_FORM_BYTES:
        raise web.HTTPRequestEntityTooLarge(MAX_FORM_BYTES, len(octets))
    try:
        fields = parse_qs(octets.decode("ascii", "replace"), max_num_fields=10)
    except ValueError as error:
        raise web.HTTPBadRequest from error
    return {name: values[-1] for name, values in fields.items()}
