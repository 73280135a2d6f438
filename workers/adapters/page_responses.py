"""Pages as HTTP answers: nothing of them may run, be framed, be kept or tell where one came from."""

from __future__ import annotations

from aiohttp import web

from workers.adapters.page_answers import Page
from workers.adapters.page_templates import PageTemplates

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_RETRY_AFTER_SECONDS = {429: "30", 503: "5"}
_TYPES = {"css": "text/css", "svg": "image/svg+xml"}


def page_response(templates: PageTemplates, page: Page, section: str | None) -> web.Response:
    """`section` None: nobody is signed in, so there is no navigation."""
    own = {"title": page.title, "section": section, "refresh_seconds": page.refresh_seconds}
    text = templates.render(page.template, {**page.values, **own})
    headers = dict(HEADERS)
    if page.status in _RETRY_AFTER_SECONDS:
        headers["Retry-After"] = _RETRY_AFTER_SECONDS[page.status]
    if page.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(text=text, status=page.status, content_type="text/html", headers=headers)


def redirect(place: str) -> web.Response:
    """303: whatever was asked, the next is a GET."""
    return web.Response(status=303, headers={**HEADERS, "Location": place})


def asset(templates: PageTemplates, name: str) -> web.Response:
    """Style and logo: open to everybody, and the same for all."""
    headers = {**HEADERS, "Cache-Control": "max-age=300"}
    kind = _TYPES[name.rpartition(".")[2]]
    return web.Response(body=templates.asset(name), content_type=kind, charset="utf-8", headers=headers)
