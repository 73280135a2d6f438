"""Tokens for Kafka, against an endpoint that behaves and one that does not."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestServer

from workers.adapters.no_token import NoToken
from workers.adapters.oauth_tokens import EndpointTokens, FileTokens

LOGIN = encode_basic_auth("stellwerk-smtp", "a%20secret")


class Issuer:
    """Answers as it is told; counts who asks."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answer: tuple[int, object] = (200, None)
        self.life: object = 300

    async def give(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.asked.append((request.headers["Authorization"], str(form.get("scope"))))
        status, body = self.answer
        if body is None:
            body = {"access_token": f"token {len(self.asked)}".replace(" ", "-"), "expires_in": self.life}
        return web.json_response(body, status=status)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def issuer() -> AsyncIterator[tuple[Issuer, str]]:
    found = Issuer()
    application = web.Application()
    application.add_routes([web.post("/token", found.give)])
    async with TestServer(application) as server:
        yield found, str(server.make_url("/token"))


def tokens(url: str, clock: Clock | None = None, scope: str | None = None) -> EndpointTokens:
    tls = ssl.create_default_context()
    return EndpointTokens(url, "stellwerk-smtp", "a secret", tls=tls, scope=scope, clock=clock or Clock())


async def test_a_token_is_asked_for_once_and_used_for_most_of_its_life(issuer: tuple[Issuer, str]) -> None:
    """Given a life of 300 s, then a new one is fetched after 240 s, before the old one ends."""
    endpoint, url = issuer
    clock = Clock()
    provider = tokens(url, clock, scope="kafka")

    first = [await provider.token() for _ in range(3)]
    clock.now += 239
    still = await provider.token()
    clock.now += 2
    renewed = await provider.token()

    assert ["token-1"] * 4 == [*first, still]
    assert "token-2" == renewed
    assert [(LOGIN, "kafka")] * 2 == endpoint.asked


async def test_the_old_token_serves_while_the_endpoint_is_away(issuer: tuple[Issuer, str]) -> None:
    """Up to its end, and not longer."""
    endpoint, url = issuer
    clock = Clock()
    provider = tokens(url, clock)
    await provider.token()
    endpoint.answer = (503, {})

    clock.now += 250
    assert "token-1" == await provider.token()
    clock.now += 51
    with pytest.raises(NoToken, match="answered 503"):
        await provider.token()


@pytest.mark.parametrize("life", [None, "soon", {}])
async def test_a_token_without_a_readable_life_is_used_shortly(
    issuer: tuple[Issuer, str], life: object
) -> None:
    """A minute: who does not say how long must be asked often."""
    endpoint, url = issuer
    endpoint.life = life
    clock = Clock()
    provider = tokens(url, clock)
    await provider.token()
    clock.now += 61
    assert "token-2" == await provider.token()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            401,
            {"error": "invalid_client", "error_description": "hunter2"},
            "answered 401, invalid_client: check",
        ),
        (400, {"error": "<script>hunter2"}, "answered 400: check"),
        (302, {}, "answered 302"),
        (200, {"token": "hunter2"}, "answered without a token"),
        (200, ["hunter2"], "answered without a token"),
        (200, {"access_token": ""}, "answered without a token"),
    ],
)
async def test_an_endpoint_that_gives_no_token_is_told_in_words(
    issuer: tuple[Issuer, str], status: int, body: object, words: str
) -> None:
    """Naming settings; what it wrote is not repeated."""
    endpoint, url = issuer
    endpoint.answer = (status, body)
    with pytest.raises(NoToken) as caught:
        await tokens(url).token()
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_an_endpoint_that_nobody_serves_is_told_in_words() -> None:
    """Retriable for aiokafka, as a broker that is away."""
    with pytest.raises(NoToken, match="does not answer") as caught:
        await tokens("http://127.0.0.1:1/token").token()
    assert caught.value.retriable


async def test_a_token_file_is_read_again_for_each_connection(tmp_path: Path) -> None:
    """Somebody else renews it. Missing, empty or binary: said with the setting's name."""
    file = tmp_path / "token"
    provider = FileTokens(file)
    for text in ("one\n", " two "):
        file.write_text(text)
        assert text.strip() == await provider.token()
    for content in (b"", b"\xff\xfe"):
        file.write_bytes(content)
        with pytest.raises(NoToken, match="STELLWERK_KAFKA__OAUTH_TOKEN_FILE"):
            await provider.token()
    file.unlink()
    with pytest.raises(NoToken, match="cannot be read"):
        await provider.token()
