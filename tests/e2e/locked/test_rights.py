"""What each user may not do: asked of the broker, of Redis and of HTTP themselves."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from redis import Redis
from redis.exceptions import NoPermissionError

from schemas import topics
from schemas.topics import TOPICS
from tests.e2e.locked.clients import client_options, may_read
from tests.e2e.locked.secured import PREFIX, TOKEN, USERS, Secured, redis_password
from workers.adapters.kafka_roles import OUTSIDE, Role

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.mark.parametrize("role", OUTSIDE, ids=lambda role: role.name)
async def test_who_is_outside_reads_what_is_published_and_nothing_else(secured: Secured, role: Role) -> None:
    """Asked of the broker itself, for every topic there is."""
    user = USERS[role.name]
    readable = {topic.name for topic in TOPICS if await may_read(secured, user, topic.name)}

    assert {topic.name for topic in role.reads} == readable
    assert not {topic.name for topic in TOPICS if topic.audience in {"ours", "operators"}} & readable


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("smtp", topics.TICKETS_STATE),
        ("smtp", topics.MAIL_INBOUND),
        ("price", topics.MAIL_INBOUND),
        ("clock", topics.MAIL_ENRICHED),
        ("route", topics.ORDERS_PLACED),
    ],
    ids=lambda value: getattr(value, "name", value),
)
async def test_a_service_of_ours_reads_no_more_than_it_works_on(
    secured: Secured, name: str, topic: topics.Topic[Any]
) -> None:
    """A front door that is broken into has no mail to show."""
    assert not await may_read(secured, USERS[name], topic.name)


async def test_nobody_else_writes_or_joins(secured: Secured) -> None:
    """A downstream user can neither forge a ticket nor take part of the routing workers' group."""
    user = USERS["downstream"]
    producer = AIOKafkaProducer(**client_options(secured, user))
    await producer.start()
    with pytest.raises(TopicAuthorizationFailedError):
        await producer.send_and_wait(f"{PREFIX}tickets.routed", b"{}", key=b"T-1")
    await producer.stop()
    consumer = AIOKafkaConsumer(
        f"{PREFIX}tickets.routed", group_id=f"{PREFIX}stellwerk-route", **client_options(secured, user)
    )
    with pytest.raises(GroupAuthorizationFailedError):
        await consumer.start()
    await consumer.stop()


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("route", ("FLUSHALL",)),
        ("route", ("KEYS", "*")),
        ("price", ("HSET", "{prefix}view:c:{prefix}directory.entities:0", "a", "b")),
        ("project", ("HMGET", "{prefix}view:c:{prefix}tickets.state:0", "a")),
        ("clock", ("ZADD", "due:c:tickets.state:0", "1", "other installation")),
    ],
)
def test_redis_lets_nobody_touch_what_is_not_theirs(
    secured: Secured, name: str, command: tuple[str, ...]
) -> None:
    """Over TLS, as the generated users."""
    user = USERS[name]
    with (
        Redis(
            port=secured.doors.redis_port,
            ssl=True,
            ssl_ca_certs=str(secured.certificates.ca),
            username=user,
            password=redis_password(user),
        ) as client,
        pytest.raises(NoPermissionError),
    ):
        client.execute_command(*(word.format(prefix=PREFIX) for word in command))


async def test_http_asks_for_its_token(secured: Secured) -> None:
    """All but health and metrics, for all methods, also where there is nothing."""
    await secured.all_ready()
    base = f"http://127.0.0.1:{secured.ports['project']}"

    def status(path: str, method: str = "GET", token: str | None = None) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            with urlopen(Request(base + path, method=method, headers=headers), timeout=10) as answer:  # noqa: S310 - ours
                return int(answer.status)
        except HTTPError as error:
            return error.code

    assert [200, 200, 200] == [status(path) for path in ("/healthz", "/readyz", "/metrics")]
    doors = [("/v1/deliveries/x?viewer=petr", "GET"), ("/v1/access", "POST"), ("/v1/nothing", "GET")]
    assert [401] * 3 == [status(path, method) for path, method in doors]
    assert [401] * 3 == [status(path, method, TOKEN[:-1]) for path, method in doors]
    assert 404 == status("/v1/deliveries/x?viewer=petr", token=TOKEN)
