"""Who comes in to the operators' pages, over a real socket, and what every answer forbids."""

import asyncio

import aiohttp
import pytest

from tests.support.page_reading import BROWSER, PLACES, page
from tests.support.pages_world import TOKEN, PagesWorld, an_operator, serving
from workers.adapters.http_pages import Bounds
from workers.adapters.http_sign_in import COOKIE
from workers.adapters.page_sessions import LASTING_SECONDS
from workers.adapters.sign_in_tries import PER_CLIENT


async def signed_in(client: aiohttp.ClientSession, token: str = TOKEN, **form: str) -> aiohttp.ClientResponse:
    data = {"token": token, **form}
    async with client.post("/sign-in", data=data, allow_redirects=False) as answer:
        await answer.read()
        return answer


@pytest.mark.parametrize("path", PLACES)
async def test_a_browser_without_a_session_is_sent_to_sign_in_and_a_script_gets_401(path: str) -> None:
    """Nothing is looked up for either; afterwards the browser comes to where it wanted to go."""
    async with serving(await PagesWorld().publish()) as address, aiohttp.ClientSession(address) as client:
        async with client.get(path, headers=BROWSER, allow_redirects=False) as answer:
            assert 303 == answer.status
            assert answer.headers["Location"].startswith("/sign-in?next=%2F")
        async with client.get(path) as answer:
            assert (401, "Bearer") == (answer.status, answer.headers["WWW-Authenticate"])
        async with client.get(path, headers={**BROWSER, "Authorization": "Bearer wrong"}) as answer:
            assert "/sign-in" == answer.url.path


async def test_the_token_opens_a_session_and_signing_out_ends_it() -> None:
    """The cookie is not the token, scripts can't read it, other sites can't send it."""
    jar = aiohttp.CookieJar(unsafe=True)  # it is a number's
    async with (
        serving(await PagesWorld().publish()) as address,
        aiohttp.ClientSession(address, cookie_jar=jar) as client,
    ):
        answer = await signed_in(client, next="/tickets?status=open")
        assert (303, "/tickets?status=open") == (answer.status, answer.headers["Location"])
        cookie = answer.headers["Set-Cookie"]
        assert TOKEN not in cookie
        assert {"HttpOnly", "SameSite=Strict", f"Max-Age={LASTING_SECONDS}", "Path=/"} <= set(
            cookie.split("; ")
        )
        assert "Secure" not in cookie
        value = client.cookie_jar.filter_cookies(answer.url)[COOKIE].value
        assert 200 == (await page(client, "/tickets"))[0]
        async with client.post("/sign-out", allow_redirects=False) as answer:
            assert "/sign-in" == answer.headers["Location"]
        client.cookie_jar.update_cookies({COOKIE: value})
        assert 303 == (await page(client, "/tickets"))[0]


async def test_behind_tls_the_cookie_is_secure() -> None:
    """The proxy says so."""
    async with serving(await PagesWorld().publish()) as address, aiohttp.ClientSession(address) as client:
        client.headers["X-Forwarded-Proto"] = "https"
        assert "Secure" in (await signed_in(client)).headers["Set-Cookie"]


async def test_a_wrong_token_is_401_and_tries_are_bounded() -> None:
    """Also the right one is not looked at any more, until time has passed."""
    world = await PagesWorld().publish()
    async with serving(world) as address, aiohttp.ClientSession(address) as client:
        statuses = [(await signed_in(client, f"guess {number}")).status for number in range(PER_CLIENT + 2)]
        assert [401] * PER_CLIENT + [429] * 2 == statuses
        assert 429 == (await signed_in(client)).status
        world.clock += 60
        assert 303 == (await signed_in(client)).status


@pytest.mark.parametrize("token", [None, ""])
async def test_without_a_configured_token_nobody_signs_in(token: str | None) -> None:
    """And the page says what to set."""
    async with serving(PagesWorld(token)) as address, aiohttp.ClientSession(address) as client:
        assert "STELLWERK_HTTP__TOKEN" in (await page(client, "/sign-in"))[1]
        assert 401 == (await signed_in(client, token="")).status
        assert 303 == (await page(client, "/"))[0]


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: a=b",
        "",
        "/" + "a" * 9000,
    ],
)
async def test_signing_in_never_leads_to_another_site(place: str) -> None:
    """Nor does it split a header."""
    async with serving(PagesWorld()) as address, aiohttp.ClientSession(address) as client:
        answer = await signed_in(client, next=place)
        assert answer.status == 413 or "/" == answer.headers["Location"]


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
async def test_a_form_of_another_site_is_refused(path: str) -> None:
    """Browsers say where a form comes from; one as large as a book is refused, too."""
    async with serving(PagesWorld()) as address, aiohttp.ClientSession(address) as client:
        async with client.post(
            path, data={"token": TOKEN}, headers={"Sec-Fetch-Site": "cross-site"}
        ) as answer:
            assert 403 == answer.status
        async with client.post(path, data=b"token=" + b"a" * 9_000) as answer:
            assert 413 == answer.status
        async with client.post(path, data=b"&".join([b"a=b"] * 50)) as answer:
            assert 400 == answer.status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_pages_are_read_only(method: str) -> None:
    """Whatever somebody tries with the token in hand."""
    async with an_operator(await PagesWorld().publish()) as client:
        for path in PLACES:
            async with client.request(method, path) as answer:
                assert 405 == answer.status
            async with client.head(path) as answer:
                assert 200 == answer.status


@pytest.mark.parametrize(
    "path", [*PLACES, "/sign-in", "/tickets/T-NOTHERE00000", "/sla?within=9y", "/assets/stellwerk.svg"]
)
async def test_every_answer_forbids_to_run_frame_keep_or_refer(path: str) -> None:
    """Errors, too."""
    async with an_operator(await PagesWorld().publish()) as client, client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; ")
        assert {"frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
        wanted = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
        }
        assert wanted.items() <= answer.headers.items()
        assert "max-age=300" if path.startswith("/assets") else "no-store" == answer.headers["Cache-Control"]


async def test_looks_into_history_come_one_at_a_time_and_end_in_time() -> None:
    """Who does not get a turn is told so; other pages are not held up."""
    world = await PagesWorld().publish()
    world.bounds = Bounds(wait_seconds=0.1, expensive_seconds=3)
    world.history_open.clear()
    async with an_operator(world) as client:
        first = asyncio.create_task(page(client, "/dead-letters"))
        await world.history_asked.wait()
        status, text = await page(client, "/explain", id="f" * 32)
        assert (503, True) == (status, "Another look into the history is under way" in text)
        assert 200 == (await page(client, "/tickets"))[0]
        status, text = await first
        assert (503, True) == (status, "This took too long" in text)
        world.history_open.set()
        assert 200 == (await page(client, "/dead-letters"))[0]
