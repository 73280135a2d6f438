"""`/v1/deliveries` and `/v1/access` over a real socket, the door's own answers over fakes."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.access import Requires
from schemas.directory_view import ResolvedUser
from schemas.mail import Content
from tests.support.builders import an_inbound_mail
from tests.support.door_world import ABSENT, DELIVERY, KEPT_UNTIL, DoorWorld, a_guarded_message, a_reader
from tests.support.fakes_mail import FakeBlobStore
from workers.adapters.http_deliveries import delivery_routes
from workers.adapters.http_server import HttpServer, Readiness
from workers.adapters.prometheus_metrics import PrometheusMetrics

TOKEN = {"Authorization": "Bearer t"}
RAW = (
    b"From: jan@acme.test\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\nContent-Type: text/html\r\n\r\n<p>okapi</p><script>alert(1)</script>\r\n"
    b'--x\r\nContent-Type: text/html; name="../a\\"\xc3\xa9.html"\r\n\r\n<script>alert(2)</script>\r\n--x--\r\n'
)
HOSTILE_PATHS = ("F" * 32, "0" * 31, "%0a" * 4, "..%2f", "a" * 3000, "%ff")


@asynccontextmanager
async def the_door(
    world: DoorWorld, blobs: FakeBlobStore | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    server = HttpServer(
        "127.0.0.1",
        0,
        token="t",
        metrics=PrometheusMetrics(),
        readiness=Readiness,
        routes=delivery_routes(world.door, blobs or FakeBlobStore()),
    )
    await server.start()
    host, port = server.address
    try:
        async with aiohttp.ClientSession(f"http://{host}:{port}", headers=TOKEN) as client:
            yield client
    finally:
        await server.stop()


async def asked(client: aiohttp.ClientSession, path: str, **query: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers without the time, and body."""
    async with client.get(f"/v1/deliveries/{path}", params=query) as answer:
        headers = {name: value for name, value in answer.headers.items() if name != "Date"}
        return answer.status, headers, await answer.read()


async def a_world(raw: bytes = RAW, private_to: str | None = None) -> DoorWorld:
    world = DoorWorld(
        a_guarded_message(private_to=private_to), a_reader("petr"), ResolvedUser(user_id="olga")
    )
    world.mail = an_inbound_mail(raw, delivery_id=DELIVERY)
    return await world.publish()


@given(
    books=st.sets(st.sampled_from(["a", "b"])),
    held=st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from([("reader",), ("manager",)])),
    private_to=st.sampled_from([None, "petr", "jana"]),
    expired=st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_what_one_may_not_know_of_is_answered_byte_by_byte_like_what_is_not_there(
    books: set[str], held: dict[str, tuple[str, ...]], private_to: str | None, expired: bool
) -> None:
    """P4: status, headers and body, on every route; also after the content's time."""
    requires = Requires(address_books=tuple(books), areas=("helpdesk",))
    viewer = ResolvedUser(user_id="petr", address_books=held, areas={"helpdesk": ("actor",)})
    world = await DoorWorld(a_guarded_message(requires, private_to=private_to), viewer).publish()
    world.mail = an_inbound_mail(RAW, delivery_id=DELIVERY)
    world.now = KEPT_UNTIL if expired else world.now
    may_know = bool(books) and all(held.get(book) == ("reader",) for book in books)
    async with the_door(world) as client:
        for path in ("", "/content", "/content?part=text", "/content?part=0"):
            there, absent = [await asked(client, f"{id}{path}", viewer="petr") for id in (DELIVERY, ABSENT)]
            assert 404 == absent[0]
            assert may_know == (there != absent)


async def test_the_raw_mail_is_octet_identical_and_no_browser_runs_it() -> None:
    """From the record."""
    async with the_door(await a_world()) as client:
        status, headers, body = await asked(client, f"{DELIVERY}/content", viewer="petr")
    assert (200, RAW, "message/rfc822") == (status, body, headers["Content-Type"])
    assert ("no-store", "nosniff") == (headers["Cache-Control"], headers["X-Content-Type-Options"])
    assert headers["Content-Disposition"].startswith("attachment")


async def test_a_big_mail_is_streamed_from_the_blob_store() -> None:
    """In pieces, with its length said before; a lost blob is 410, and tells nobody else anything."""
    raw, blobs, world = RAW * 500, FakeBlobStore(), await a_world()
    ref = await blobs.put(sha256(raw).hexdigest(), raw)
    mail = an_inbound_mail(raw, delivery_id=DELIVERY)
    world.mail = mail.model_copy(update={"content": Content(ref=ref)})
    async with the_door(world, blobs) as client:
        status, headers, body = await asked(client, f"{DELIVERY}/content", viewer="petr")
        assert (200, raw, str(len(raw))) == (status, body, headers["Content-Length"])
        blobs.blobs.clear()
        assert 410 == (await asked(client, f"{DELIVERY}/content", viewer="petr"))[0]
        assert 410 == (await asked(client, f"{DELIVERY}/content", viewer="petr", part="text"))[0]
        assert 404 == (await asked(client, f"{DELIVERY}/content", viewer="olga"))[0]


async def test_parts_are_decoded_and_a_strangers_names_and_types_do_no_harm() -> None:
    """A file's name reaches the header quoted (RFC 8187), text is plain."""
    async with the_door(await a_world()) as client:
        status, headers, body = await asked(client, f"{DELIVERY}/content", viewer="petr", part="text")
        assert (200, b"okapi", "text/plain; charset=utf-8") == (status, body, headers["Content-Type"])
        status, headers, body = await asked(client, f"{DELIVERY}/content", viewer="petr", part="0")
        assert (200, b"<script>alert(2)</script>") == (status, body)
        assert "sandbox" in headers["Content-Security-Policy"]
        assert headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''a%22")
        assert 404 == (await asked(client, f"{DELIVERY}/content", viewer="petr", part="1"))[0]


async def test_who_may_know_of_a_private_mail_is_refused_its_content_in_general_words() -> None:
    """403 says no more than the stub."""
    async with the_door(await a_world(private_to="jana")) as client:
        assert (403, b'{"error": "Forbidden"}') == (
            await asked(client, f"{DELIVERY}/content", viewer="petr")
        )[::2]
        status, _, stub = await asked(client, DELIVERY, viewer="petr")
    assert (200, "existence") == (status, json.loads(stub)["verdict"])


@pytest.mark.parametrize("path", HOSTILE_PATHS)
async def test_what_is_no_id_is_not_there(path: str) -> None:
    """Nothing of it comes back."""
    async with the_door(await a_world()) as client:
        assert (404, b'{"error": "Not Found"}') == (await asked(client, path, viewer="petr"))[::2]


@pytest.mark.parametrize(
    "query", ["", "viewer=", "viewer=a/b", "viewer=%0a", "viewer=petr%0a", "viewer=?", f"viewer={'a' * 129}"]
)
async def test_a_viewer_must_be_a_users_id(query: str) -> None:
    """400, whether the message is there or not."""
    async with the_door(await a_world()) as client:
        there, absent = [await asked(client, f"{id}?{query}") for id in (DELIVERY, ABSENT)]
    assert 400 == there[0]
    assert absent == there


@pytest.mark.parametrize("part", ["", "html", "-1", "1e3", "9999", "../raw", "\u0661"])
async def test_a_part_must_be_one_of_ours(part: str) -> None:
    """400 before anything is looked up."""
    world = await a_world()
    async with the_door(world) as client:
        assert 400 == (await asked(client, f"{DELIVERY}/content", viewer="petr", part=part))[0]
    assert [] == world.asked


async def test_many_are_asked_at_once_with_one_look() -> None:
    """Up to 1,000 deliveries."""
    world, ids = await a_world(), [DELIVERY, *(f"{number:032x}" for number in range(999))]
    async with (
        the_door(world) as client,
        client.post("/v1/access", json={"viewer": "petr", "deliveries": ids}) as answer,
    ):
        verdicts = (await answer.json())["verdicts"]
    assert ids == list(verdicts)
    assert {"content": 1, "nothing": 999} == {v: list(verdicts.values()).count(v) for v in verdicts.values()}
    assert ["index", "directory"] == world.asked


@pytest.mark.parametrize(
    "question",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"viewer": "petr"}',
        b'{"viewer": "petr", "deliveries": []}',
        b'{"viewer": "petr", "deliveries": ["okapi-word"]}',
        b'{"viewer": "a b", "deliveries": ["' + DELIVERY.encode() + b'"]}',
        b'{"viewer": "petr", "deliveries": ["' + DELIVERY.encode() + b'\\n"]}',
        json.dumps({"viewer": "petr", "deliveries": [ABSENT] * 1001}).encode(),
        b"[" * 50_000,
    ],
    ids=lambda question: question[:20].decode("latin-1"),
)
async def test_a_strange_question_is_400_and_never_repeated_to_its_sender(question: bytes) -> None:
    """No traceback, no input in the answer."""
    async with the_door(await a_world()) as client, client.post("/v1/access", data=question) as answer:
        assert 400 == answer.status
        assert "okapi" not in await answer.text()


async def test_while_the_directory_is_rebuilt_everybody_is_asked_to_come_again() -> None:
    """P6: 503 with Retry-After, the same for all."""
    world = await a_world()
    world.store.flush()
    async with the_door(world) as client:
        answers = [await asked(client, DELIVERY, viewer=viewer) for viewer in ("petr", "olga", "nobody")]
    assert 503 == answers[0][0]
    assert answers[0][1]["Retry-After"]
    assert answers[0] == answers[1] == answers[2]


async def test_an_empty_mail_is_read_as_such() -> None:
    """No octet is no error."""
    world = await a_world(b"\r\n")
    assert world.mail is not None
    assert "DQo=" == world.mail.content.inline == base64.b64encode(b"\r\n").decode()
    async with the_door(world) as client:
        assert (200, b"\r\n") == (await asked(client, f"{DELIVERY}/content", viewer="petr"))[::2]
        assert (200, b"") == (await asked(client, f"{DELIVERY}/content", viewer="petr", part="text"))[::2]
