"""One running installation for all tests of this folder, which only look at it from outside.

It works also while nobody looks: one of them, for as long as it is needed, not one in each process of the run.
`tests/support/handing_out.py` gives the folder to one process.
"""

import asyncio
from collections.abc import Iterator

import pytest

from tests.e2e.running_up import RunningUp, a_mail, reading, up_beside
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

TOKEN = "e2e-token-for-tests"


@pytest.fixture(scope="package")
def up(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningUp]:
    """`stellwerk up` with the samples, on the run's broker and Valkey, under a prefix of its own."""
    with up_beside(kafka, valkey, tmp_path_factory.mktemp("up"), {"STELLWERK_HTTP__TOKEN": TOKEN}) as running:
        yield running


@pytest.fixture(scope="package", autouse=True)
def closed_early(up: RunningUp) -> str:
    """The Message-ID of a mail whose ticket was closed before the other tests began: by the end it is long ago."""
    return asyncio.run(_closed(up))


async def _closed(up: RunningUp) -> str:
    mail = a_mail("jan@acme.test")
    up.send(mail, "support@acme.example")
    async with reading(up, "mail.inbound", "tickets.routed") as topics:
        [accepted] = await topics.until("mail.inbound", message_id=mail["Message-ID"])
        ticket_id = accepted.value["ticket_id"]
        await topics.until("tickets.routed", ticket_id=ticket_id)
        up.told("command", ticket_id, "status", "closed", "--actor", "petr")
        await topics.until("tickets.routed", ticket_id=ticket_id, status="closed")
    return str(mail["Message-ID"])
