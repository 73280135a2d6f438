"""What an operator does to an installation, and what happens to it behind our backs: for trying the runbook."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.error import HTTPError
from urllib.request import urlopen

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from schemas.topics import MAIL_INBOUND, ORDERS_PRICED, TICKETS_STATE
from tests.faults.evidence import Rec
from tests.faults.service import STELLWERK, Service, run_command_saying
from tests.faults.topic_reader import read_topics
from tests.support.eventually import eventually
from tests.support.installed import Installed
from workers.adapters.kafka_admin import KafkaAdmin, kafka_admin
from workers.adapters.kafka_connection import KafkaConnection


async def braked(installed: Installed, reason: str, *, service: str = "route") -> None:
    """As the alert and `/readyz` see it."""
    series = f'stellwerk_lane_state{{partition="0",service="{service}",state="braked"}}'
    await eventually(lambda: 1 == metric(installed, series), within=60, every=0.2)
    assert f"{service}: lane 0 is braked ({reason})" in readyz(installed)


async def runs(installed: Installed) -> None:
    series = 'stellwerk_lane_state{partition="0",service="route",state="running"}'
    await eventually(lambda: 1 == metric(installed, series), within=60, every=0.2)


async def restart(installed: Installed) -> None:
    await installed.work.stop()
    installed.work.start()


@asynccontextmanager
async def working_with(installed: Installed, **settings: str) -> AsyncIterator[Service]:
    """One more worker, told differently, for a while."""
    command = [str(STELLWERK), "work"]
    service = Service("work-for-once", command, installed.env | settings, installed.directory)
    service.start()
    try:
        yield service
    finally:
        await service.stop()


def metric(installed: Installed, series: str) -> float | None:
    try:
        return installed.metric(series)
    except OSError:  # it starts
        return None


def readyz(installed: Installed) -> str:
    try:
        with urlopen(f"http://127.0.0.1:{installed.http[0]}/readyz", timeout=5) as answer:
            return str(answer.read().decode())
    except HTTPError as refused:
        return refused.read().decode()


def decided(installed: Installed) -> int:
    """First receipts: what was accepted and is no longer in flight."""
    return sum(n for (_, _, attempt, _), n in installed.receipts().items() if attempt == 0)


def priced(installed: Installed) -> list[Rec]:
    return read_topics(installed.bootstrap, [ORDERS_PRICED.name], installed.prefix)[ORDERS_PRICED.name]


def an_order(number: int) -> bytes:
    lines = [{"sku": "SKU-1", "quantity": 1}]
    order = {"order_id": f"o-{number}", "customer_id": "p1", "currency": "EUR", "lines": lines}
    return json.dumps(order | {"placed_at": "2026-03-02T10:15:00Z"}).encode()


async def json_lines(installed: Installed, *command: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (await installed.run(*command)).splitlines()]


async def said(installed: Installed, *command: str) -> str:
    """With what it says to people."""
    _, err = await run_command_saying(installed.env, *command)
    return err


async def put(installed: Installed, topic: str, values: Sequence[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=installed.bootstrap)
    await producer.start()
    for value in values:
        key = json.loads(value)["order_id"].encode() if topic.startswith("orders") else b"T-X"
        await producer.send_and_wait(installed.prefix + topic, value, key=key, partition=0)
    await producer.stop()


async def restore_tickets(installed: Installed, backup: Sequence[Rec]) -> None:
    """As a backup tool writes records back: key and value; the lane checks nothing else of them."""
    producer = AIOKafkaProducer(bootstrap_servers=installed.bootstrap)
    await producer.start()
    topic = installed.prefix + TICKETS_STATE.name
    for record in backup:
        await producer.send_and_wait(topic, record.raw or None, key=record.key.encode(), partition=0)
    await producer.stop()


@asynccontextmanager
async def _admin(installed: Installed) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=installed.bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def make_anew(installed: Installed, topic: str) -> None:
    """Deleted by somebody, and provisioned again by somebody else."""
    name = installed.prefix + topic
    async with kafka_admin(KafkaConnection(installed.bootstrap)) as admin:
        await admin.delete([name])
        await eventually(lambda: _is_gone(admin, name), within=20)
    assert name in await installed.run("topics", "apply")


async def delete_all_mail_but_the_last(installed: Installed) -> int:
    """As retention does it, at once. The end of mail.inbound."""
    inbound = read_topics(installed.bootstrap, [MAIL_INBOUND.name], installed.prefix)[MAIL_INBOUND.name]
    end = inbound[-1].offset + 1
    part = TopicPartition(installed.prefix + MAIL_INBOUND.name, 0)
    async with _admin(installed) as admin:
        await admin.delete_records({part: RecordsToDelete(before_offset=end - 1)})
    return end


async def _is_gone(admin: KafkaAdmin, name: str) -> bool:
    return name not in await admin.topics([name])
