"""The installation that routing is measured on: the shipped policy, and the shipped directory grown by companies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from aiokafka import AIOKafkaProducer

from config.directory_file import load_directory
from config.policy_file import load_policy
from schemas.directory import Directory
from tests.benchmarks.mail_load import COMPANIES, LoadMail, MailLoad
from tests.benchmarks.servers import SECRET, Place
from tests.support.eventually import eventually
from tests.support.fakes_mail import FakeInboundLog
from workers.adapters.blob_store import FsspecBlobStore
from workers.adapters.kafka_readiness import is_serving
from workers.adapters.topics_apply import apply_topics
from workers.entrypoints.provision import SAMPLES, Content, provision
from workers.ports import OutRecord
from workers.processors.accept import AcceptMail
from workers.routing.identity import Signer
from workers.routing.received_mail import ReceivedMail, Recipient

PARTITIONS = 4
FIRST_MAIL = datetime(2026, 3, 2, 8, tzinfo=UTC)
SIGNER = Signer(SECRET.encode())


def grown_directory() -> Directory:
    """Two of three senders are matched by address, one by domain; every third company is a key account."""
    sample = load_directory(SAMPLES / "directory.yaml").model_dump(mode="json", exclude_none=True)
    companies = range(COMPANIES)
    for n in companies:
        sample["contacts"][f"c{n}"] = {
            "kind": "company",
            "address_book": "customers",
            "domains": [f"c{n}.test"],
        }
        for person in range(2):
            fields: dict[str, Any] = {
                "kind": "person",
                "parent": f"c{n}",
                "addresses": [f"p{person}@c{n}.test"],
            }
            sample["contacts"][f"p{person}-{n}"] = fields
    groups = sample["contact_groups"]
    for number, group in enumerate(("key-accounts", "beta-testers")):
        groups[group]["members"] = [
            *groups[group]["members"],
            *(f"c{n}" for n in companies if n % 3 == number),
        ]
    return Directory.model_validate(sample)


async def provision_place(place: Place) -> None:
    """Topics, directory and policy."""
    await create_topics(place)
    directory = grown_directory()
    policy = load_policy(SAMPLES / "policy.yaml", directory)
    content = Content(directory, policy, directory_given=True, policy_given=True)
    await provision(place.connection, content, partitions=PARTITIONS, replication=1)


async def create_topics(place: Place) -> None:
    """Returns when the broker leads all of them and knows their settings: it needs a while after it has said yes."""

    async def settled() -> bool:
        plan = await apply_topics(place.connection, partitions=PARTITIONS, replication=1)
        return not (plan.create or plan.drifted) and await is_serving(place.connection.bootstrap_servers)

    await eventually(settled, within=60, every=0.2)


async def accepted_mails(mails: int) -> list[OutRecord]:
    """What SMTP would have written to `mail.inbound`, without the prefix."""
    log, seconds = FakeInboundLog(), count()
    accept = AcceptMail(
        SIGNER,
        log,
        FsspecBlobStore("/nonexistent"),
        now=lambda: FIRST_MAIL + timedelta(seconds=next(seconds)),
    )
    for mail in MailLoad().mails(mails):
        await accept(received(mail))
    return log.records


def received(mail: LoadMail) -> ReceivedMail:
    to = (Recipient(mail.mailbox, mail.mailbox),)
    return ReceivedMail(mail.mail_from, to, mail.content, peer="127.0.0.1", helo="bench.test")


async def prefill(place: Place, records: Sequence[OutRecord]) -> None:
    """Write the records to this place's topics; returns when the broker has all of them."""
    producer = AIOKafkaProducer(**place.connection.client_options(), linger_ms=5, max_batch_size=500_000)
    await producer.start()
    try:
        sent = [
            await producer.send(place.prefix + r.topic, r.value, key=r.key, headers=list(r.headers))
            for r in records
        ]
        for acknowledged in sent:
            await acknowledged
    finally:
        await producer.stop()
