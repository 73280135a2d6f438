"""Who is not admitted is told what to check; nothing is accepted meanwhile, and no secret is shown."""

from __future__ import annotations

import json
import smtplib

import pytest

from tests.e2e.locked.secured import MAILBOX, ROOT, SENDER, USERS, Secured
from tests.support.eventually import eventually
from workers.adapters.loopback_port import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.mark.parametrize(
    ("case", "code", "words"),
    [
        ("wrong password", 2, "refused our login: check STELLWERK_KAFKA__SASL_USERNAME"),
        ("unknown CA", 2, "certificate is not trusted"),
        ("expired token", 2, "refused our token: it may have expired"),
        ("no such token file", 2, "STELLWERK_KAFKA__OAUTH_TOKEN_FILE"),
        ("wrong client secret", 2, "answered 401, invalid_client: check STELLWERK_KAFKA__OAUTH_CLIENT_ID"),
        ("no right", 2, "stellwerk topics acls"),
        ("without TLS", 3, "does that port speak PLAINTEXT"),
    ],
)
def test_a_command_that_is_not_admitted_says_what_to_check(
    secured: Secured, case: str, code: int, words: str
) -> None:
    """With its exit code, and no traceback, no secret."""
    user = USERS["operator"]
    expired = secured.mint.token(user, lives_seconds=-3600)
    env = {
        "wrong password": lambda: secured.env(user, "hunter2 hunter2"),
        "unknown CA": lambda: (
            secured.env(user) | {"STELLWERK_KAFKA__SSL_CA": str(secured.certificates.other_ca)}
        ),
        "expired token": lambda: secured.token_env(user, expired),
        "no such token file": lambda: (
            secured.token_env(user, "x") | {"STELLWERK_KAFKA__OAUTH_TOKEN_FILE": "/not/there"}
        ),
        "wrong client secret": lambda: secured.endpoint_env(user, "hunter2 hunter2"),
        "no right": lambda: secured.env(USERS["shop"]),
        "without TLS": lambda: {"STELLWERK_KAFKA__BOOTSTRAP_SERVERS": secured.kafka.bootstrap},
    }[case]()

    done = secured.run(env, "tickets", "list")

    assert (code, "") == (done.returncode, done.stdout)
    assert words in " ".join(done.stderr.split())
    for secret in ("hunter2", expired, "Traceback"):
        assert secret not in done.stderr


async def test_a_front_door_that_is_not_admitted_answers_451(secured: Secured) -> None:
    """Given a wrong password, then mail is deferred and never accepted, and `/readyz` says why."""
    port = free_port()
    env = secured.env(USERS["smtp"], "an old password") | {"STELLWERK_SMTP__PORT": str(port)}
    secured.start("smtp-refused", env, "smtp")
    said = await eventually(lambda: secured.readiness("smtp-refused").get("reasons"), within=60, every=0.3)

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
