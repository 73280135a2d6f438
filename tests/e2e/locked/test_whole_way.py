"""Every service as a user of its own, with exactly the rights that `stellwerk topics acls` prints, and nobody else.

Kafka over TLS with SCRAM and OAUTHBEARER and ACLs, Valkey over TLS with ACL users: the rights are enough for a mail's
whole way, and not for more. (The bundled Valkey knows no TLS: a proxy in front of it ends it.)
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from tests.e2e.locked.clients import client_options, read_all
from tests.e2e.locked.secured import MAILBOX, PASSWORDS, PREFIX, SENDER, USERS, Secured
from tests.faults.smtp_client import deliver
from tests.support.builders import raw_mail

EXAMPLE = Path(__file__).parents[3] / "deploy" / "examples" / "consumer" / "consumer.py"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


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

    done = await asyncio.to_thread(_run, command, {"KAFKA_SETTINGS": json.dumps(login)})

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


def _run(command: Sequence[str | Path], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False
    )
