"""Every service as a user of its own, with exactly the rights that `stellwerk topics acls` prints, and nobody else.

Kafka over TLS with SCRAM and OAUTHBEARER and ACLs, Valkey over TLS with ACL users: the rights are enough for a mail's
whole way, and not for more. (The bundled Valkey knows no TLS: a proxy in front of it ends it.)
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from redis import Redis
from redis.exceptions import NoPermissionError

from schemas import topics
from schemas.topics import TOPICS
from tests.e2e.locked.clients import (
    NOT_IT,
    admin_connection,
    client_options,
    http_status,
    may_read,
    read_all,
    refused_env,
    run_beside,
)
from tests.e2e.locked.secured import (
    MAILBOX,
    PASSWORDS,
    PREFIX,
    ROOT,
    SENDER,
    TOKEN,
    USERS,
    Secured,
    redis_password,
)
from tests.faults.smtp_client import deliver
from tests.support.builders import raw_mail
from tests.support.eventually import eventually
from workers.adapters.kafka_acl_admin import add_grants, rights_of
from workers.adapters.kafka_acl_entries import AclEntry, entries_of
from workers.adapters.kafka_acls import Grant, grants
from workers.adapters.kafka_roles import OUTSIDE, SHOP, Role
from workers.adapters.loopback_port import free_port
from workers.adapters.tcp_reachable import any_reachable

EXAMPLE = Path(__file__).parents[3] / "deploy" / "examples" / "consumer" / "consumer.py"
pytestmark = pytest.mark.slow


async def test_a_mail_goes_all_its_way(secured: Secured) -> None:
    """Given each service with its own least rights, when a mail is accepted, then downstream reads its ticket."""
    await secured.all_ready()
    content = raw_mail(message_id="<locked@acme.test>", to=MAILBOX, sender=SENDER)

    assert "accepted" == await deliver(secured.ports["mail"], SENDER, [MAILBOX], content)

    [ticket] = await read_all(secured, USERS["downstream"], "tickets.routed")
    assert (MAILBOX, "helpdesk") == (ticket["mailbox"], ticket["process"])
    listed = secured.succeeds(secured.env(USERS["operator"]), "tickets", "list", "--json")
    assert ticket["ticket_id"] == json.loads(listed.splitlines()[0])["ticket_id"]


async def test_the_example_consumer_runs_as_a_downstream_user(secured: Secured, tmp_path: Path) -> None:
    """Given librdkafka's own words for the same login, then a system in one file gets what it needs, and no more."""
    await read_all(secured, USERS["downstream"], "messages.privacy-tagged")
    rights = tmp_path / "rights.json"
    rights.write_text(json.dumps({"petr": {"address_books": ["customers"], "areas": [], "user_groups": []}}))
    login = {
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(secured.certificates.ca),
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": USERS["downstream"],
        "sasl.password": PASSWORDS[USERS["downstream"]],
    }
    command: list[str | Path] = [sys.executable, EXAMPLE, secured.kafka.bootstrap, PREFIX]
    command += [tmp_path / "db", rights, "--once"]

    done = await asyncio.to_thread(run_beside, command, {"KAFKA_SETTINGS": json.dumps(login)})

    assert 0 == done.returncode, done.stderr
    assert {"petr": "nothing"} == json.loads(done.stdout.splitlines()[0])["access"]


async def test_a_command_and_its_answer_pass(secured: Secured) -> None:
    """Given the ticket, when an operator evaluates its severity, then the answer comes back, and the clock keeps up."""
    await secured.all_ready()
    [ticket, *_] = await read_all(secured, USERS["downstream"], "tickets.routed")
    operator = secured.env(USERS["operator"])

    answer = secured.succeeds(
        operator, "command", ticket["ticket_id"], "severity", "normal", "--actor", "petr", "--json"
    )

    assert json.loads(answer)["accepted"]
    assert "running" == secured.readiness("clock")["details"]["clock"]["lanes"][0]["state"]


async def test_a_shop_gets_its_price(secured: Secured) -> None:
    """Given a shop's user, when it places an order, then it reads the priced one."""
    await secured.all_ready()
    order = {
        "order_id": "o-1",
        "placed_at": "2026-11-23T09:00:00Z",
        "customer_id": "c1",
        "currency": "EUR",
        "lines": [{"sku": "SKU-1", "quantity": 1}],
    }
    async with AIOKafkaProducer(
        **client_options(secured, USERS["shop"]), acks="all", enable_idempotence=True
    ) as producer:
        await producer.send_and_wait(f"{PREFIX}orders.placed", json.dumps(order).encode(), key=b"o-1")

    [priced] = await read_all(secured, USERS["shop"], "orders.priced")

    assert "o-1" == priced["order_id"]


def test_tokens_come_from_the_endpoint_and_seldom(secured: Secured) -> None:
    """One token serves all connections of a process for most of its life."""
    assert [USERS["project"]] == secured.doors.asked


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
    status = partial(http_status, f"http://127.0.0.1:{secured.ports['project']}")
    assert [200, 200, 200] == [status(path) for path in ("/healthz", "/readyz", "/metrics")]
    doors = [("/v1/deliveries/x?viewer=petr", "GET"), ("/v1/access", "POST"), ("/v1/nothing", "GET")]
    assert [401] * 3 == [status(path, method) for path, method in doors]
    assert [401] * 3 == [status(path, method, TOKEN[:-1]) for path, method in doors]
    assert 404 == status("/v1/deliveries/x?viewer=petr", token=TOKEN)


@pytest.mark.parametrize(
    ("case", "code", "words"),
    [
        ("wrong password", 2, "refused our login: check STELLWERK_KAFKA__SASL_USERNAME"),
        ("unknown CA", 2, "certificate is not trusted"),
        ("expired token", 2, "refused our token: it may have expired"),
        ("wrong client secret", 2, "answered 401, invalid_client: check STELLWERK_KAFKA__OAUTH_CLIENT_ID"),
        ("no right", 2, "stellwerk topics acls"),
        ("without TLS", 3, "does that port speak PLAINTEXT"),
    ],
)
def test_a_command_that_is_not_admitted_says_what_to_check(
    secured: Secured, case: str, code: int, words: str
) -> None:
    """With its exit code, and no traceback, no secret."""
    env = refused_env(secured, case)

    done = secured.run(env, "tickets", "list")

    assert (code, "") == (done.returncode, done.stdout)
    assert words in " ".join(done.stderr.split())
    for secret in (NOT_IT, "eyJ", "Traceback"):
        assert secret not in done.stderr


async def test_a_front_door_that_is_not_admitted_answers_451(secured: Secured) -> None:
    """Given a wrong password, then mail is deferred and never accepted, and `/readyz` says why."""
    port = free_port()
    env = secured.env(USERS["smtp"], "an old password") | {"STELLWERK_SMTP__PORT": str(port)}
    secured.start("smtp-refused", env, "smtp")
    await eventually(partial(any_reachable, f"127.0.0.1:{port}", 1.0), within=60, every=0.3)

    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo()
        answers = [client.mail(SENDER)[0], client.rcpt(MAILBOX)[0]]

    assert 451 in answers
    said = await eventually(
        lambda: [r for r in secured.readiness("smtp-refused")["reasons"] if "refused our login" in r],
        within=30,
    )
    assert "an old password" not in secured.log("smtp-refused").read_text() + str(said)
    assert "Traceback" not in secured.log("smtp-refused").read_text()
    secured.children.pop("smtp-refused").stop()


async def test_a_clock_that_redis_refuses_says_so(secured: Secured) -> None:
    """Given a wrong password of Redis, then the process is alive and not ready, and says what to check."""
    env = secured.env(USERS["clock"]) | {"STELLWERK_REDIS__PASSWORD": "an old one"}
    secured.start("clock-refused", env, "work", "clock")

    await eventually(
        lambda: "Redis refused our login" in str(secured.readiness("clock-refused").get("reasons")),
        within=60,
        every=0.3,
    )

    assert "Traceback" not in secured.log("clock-refused").read_text()
    secured.children.pop("clock-refused").stop()


def test_the_superuser_is_needed_to_give_rights(secured: Secured) -> None:
    """The administrator of the installation provisions topics, and can't widen anybody's rights."""
    admin = secured.env(USERS["admin"])
    refused = secured.run(admin, "topics", "acls", "--role", "shop", "--apply", "--yes")
    assert (2, True) == (refused.returncode, "ClusterAuthorizationFailed" in refused.stderr)
    again = secured.succeeds(
        secured.env(ROOT), "topics", "acls", "--role", "shop", "--apply", "--yes", "--json"
    )
    assert {"user": USERS["shop"], "role": "shop", "entries": 3} == json.loads(again)


def test_rights_beyond_a_role_are_shown_and_then_taken(secured: Secured) -> None:
    """Given rights by hand, then --prune names those of our users, and --apply takes these and nobody else's."""
    env, shop = secured.env(ROOT), USERS["shop"]
    connection = admin_connection(secured, ROOT)
    for user in (shop, "somebody"):
        asyncio.run(
            add_grants(connection, user, [Grant("topic", f"{PREFIX}mail.", ("Read",), prefixed=True)])
        )
    by_hand = AclEntry("topic", f"{PREFIX}mail.", "Read", prefixed=True)
    prune = ("topics", "acls", "--role", "shop", "--prune", "--json")

    shown = secured.succeeds(env, *prune)
    taken = secured.succeeds(env, *prune, "--apply", "--yes").splitlines()

    entry = {"user": shop, **asdict(by_hand)}
    assert entry | {"taken": False} == json.loads(shown)
    assert [{"user": shop, "role": "shop", "entries": 3}, entry | {"taken": True}] == list(
        map(json.loads, taken)
    )
    assert "" == secured.succeeds(env, *prune)
    assert set(entries_of(grants(SHOP, PREFIX))) == set(asyncio.run(rights_of(connection, shop)))
    assert [by_hand] == asyncio.run(rights_of(connection, "somebody"))
