"""The one door to content, from outside: who gets what of a mail, and what happens when Redis forgets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import SMTP

import aiohttp
import pytest
from redis.asyncio import Redis

from tests.e2e.running_up import RunningUp, a_mail, reading
from tests.support.eventually import eventually

Answer = tuple[int, bytes]
NOT_FOUND = (404, b'{"error": "Not Found"}')
USERS = ("jana", "petr", "olga", "karel", "martin", "nobody-at-all")


class Door:
    """`/v1` of a running installation."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def get(self, path: str, **query: str) -> Answer:
        async with self._http.get(f"/v1/deliveries/{path}", params=query) as answer:
            return answer.status, await answer.read()

    async def answered(self, path: str, **query: str) -> Answer:
        """The first answer that is not "later"."""

        async def no_503() -> Answer | None:
            answer = await self.get(path, **query)
            return None if answer[0] == 503 else answer

        answer = await eventually(no_503, within=30)
        assert answer is not None
        return answer

    async def access(self, viewer: str, *deliveries: str) -> dict[str, str]:
        async with self._http.post("/v1/access", json={"viewer": viewer, "deliveries": deliveries}) as answer:
            assert 200 == answer.status
            verdicts: dict[str, str] = (await answer.json())["verdicts"]
            return verdicts


@asynccontextmanager
async def the_door(up: RunningUp) -> AsyncIterator[Door]:
    headers = {"Authorization": f"Bearer {up.environment['STELLWERK_HTTP__TOKEN']}"}
    async with aiohttp.ClientSession(f"http://{up.addresses['http']}", headers=headers) as http:
        yield Door(http)


async def delivered(up: RunningUp, mail: EmailMessage, to: str) -> str:
    """The id of the mail's delivery, once it is decided."""
    assert up.send(mail, to)[0] == 250
    async with reading(up, "mail.inbound", "routing.decisions") as topics:
        [accepted] = await topics.until("mail.inbound", message_id=mail["Message-ID"])
        delivery: str = accepted.value["delivery_id"]
        await topics.until("routing.decisions", delivery_id=delivery)
    return delivery


async def test_private_mail_is_read_by_its_recipient_known_to_colleagues_and_nothing_to_others(
    up: RunningUp,
) -> None:
    """R5, R42, P4, P5: content, a stub without a word of it, and the answer of what does not exist."""
    mail = a_mail(subject="narwhal-subject", text="narwhal-text")
    delivery = await delivered(up, mail, "jana@acme.example")
    async with the_door(up) as door:
        status, seen = await door.answered(delivery, viewer="jana")
        assert (200, "content", "p-jan") == (
            status,
            json.loads(seen)["verdict"],
            json.loads(seen)["contact_id"],
        )
        assert (200, mail.as_bytes(policy=SMTP)) == await door.answered(f"{delivery}/content", viewer="jana")
        status, stub = await door.answered(delivery, viewer="petr")
        assert {"verdict", "delivery_id", "received_at", "contact_id", "recipient"} == json.loads(stub).keys()
        assert (200, "existence", "jana") == (
            status,
            json.loads(stub)["verdict"],
            json.loads(stub)["recipient"],
        )
        status, refused = await door.answered(f"{delivery}/content", viewer="petr")
        assert 403 == status
        assert b"narwhal" not in stub + refused
        for path in (delivery, f"{delivery}/content", "f" * 32, f"{'f' * 32}/content"):
            assert NOT_FOUND == await door.answered(path, viewer="olga")
        assert {delivery: "nothing", "f" * 32: "nothing"} == await door.access("olga", delivery, "f" * 32)
        assert {delivery: "existence"} == await door.access("petr", delivery)
    assert b"narwhal" not in up.log.read_bytes()


async def test_a_big_mail_leaves_the_blob_store_octet_by_octet(up: RunningUp) -> None:
    """Beyond the inline limit; its parts are decoded on demand."""
    mail, picture = a_mail(text="See the picture."), bytes(range(256)) * 6000
    mail.add_attachment(picture, maintype="image", subtype="png", filename="čtyři <b>.png")
    delivery = await delivered(up, mail, "support@acme.example")
    async with the_door(up) as door:
        assert (200, mail.as_bytes(policy=SMTP)) == await door.answered(f"{delivery}/content", viewer="petr")
        assert (200, b"See the picture.") == await door.answered(
            f"{delivery}/content", viewer="petr", part="text"
        )
        assert (200, picture) == await door.answered(f"{delivery}/content", viewer="petr", part="0")
        listed = json.loads(
            (await door.answered(f"{delivery}/content", viewer="petr", part="attachments"))[1]
        )
        assert ["čtyři <b>.png"] == [each["name"] for each in listed]
        assert NOT_FOUND == await door.answered(f"{delivery}/content", viewer="olga", part="0")


async def test_the_door_says_what_the_command_says(up: RunningUp) -> None:
    """One function decides (P4)."""
    delivery = await delivered(up, a_mail(), "support@acme.example")
    async with the_door(up) as door:
        await door.answered(delivery, viewer="petr")
        for viewer in ("petr", "olga"):
            said = json.loads(up.run("access", delivery, "--as", viewer, "--json").stdout)
            assert said["verdict"] == (await door.access(viewer, delivery))[delivery]


@pytest.mark.parametrize("path", ["zz", "F" * 32, "a" * 33, "%00" * 16, "..%2f..%2fhealthz"])
async def test_what_is_no_id_does_not_exist(up: RunningUp, path: str) -> None:
    """Hostile input gets the answer of everything unknown."""
    async with the_door(up) as door:
        assert NOT_FOUND == await door.get(path, viewer="petr")


async def test_after_redis_forgets_nobody_sees_more_and_the_door_opens_again(up: RunningUp) -> None:
    """P6: 503 while the directory is rebuilt, never "no such mail" for who may see it, never a leak."""
    mail = a_mail(subject="okapi-subject", text="okapi-text")
    delivery = await delivered(up, mail, "jana@acme.example")
    redis = Redis.from_url(up.addresses["redis"])
    async with the_door(up) as door:
        before = {user: await door.answered(delivery, viewer=user) for user in USERS}
        for _ in range(3):
            await redis.flushall()
            answers = await asyncio.gather(*(door.get(delivery, viewer=user) for user in USERS))
            for user, answer in zip(USERS, answers, strict=True):
                assert answer[0] == 503 or answer == before[user]
        assert before == {user: await door.answered(delivery, viewer=user) for user in USERS}
        assert (200, mail.as_bytes(policy=SMTP)) == await door.answered(f"{delivery}/content", viewer="jana")
    await redis.aclose()


async def test_what_is_made_private_is_closed_at_once(up: RunningUp) -> None:
    """The check is made now, not when the mail came. A transaction reaches its partitions within milliseconds."""
    delivery = await delivered(up, a_mail(), "support@acme.example")
    async with the_door(up) as door:
        ticket = json.loads((await door.answered(delivery, viewer="petr"))[1])["ticket_id"]
        done = await asyncio.to_thread(up.run, "command", ticket, "private", "jana", "--actor", "petr")
        assert 0 == done.returncode

        async def closed() -> bool:
            return (await door.access("petr", delivery))[delivery] == "existence"

        await eventually(closed, within=5)
        assert {delivery: "content"} == await door.access("jana", delivery)
