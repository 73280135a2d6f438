"""aiokafka clients of any user, as systems outside would have them."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError

from tests.e2e.locked.secured import PASSWORDS, PREFIX, Secured


def client_options(secured: Secured, user: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": secured.kafka.bootstrap,
        "security_protocol": "SASL_SSL",
        "ssl_context": ssl.create_default_context(cafile=secured.certificates.ca),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": user,
        "sasl_plain_password": PASSWORDS[user],
    }


async def read_all(secured: Secured, user: str, topic: str, *, until: int = 1) -> list[dict[str, Any]]:
    """What the topic holds, as this user reads it, once there are `until` records."""
    name, found = PREFIX + topic, list[dict[str, Any]]()
    async with AIOKafkaConsumer(
        **client_options(secured, user), isolation_level="read_committed", auto_offset_reset="earliest"
    ) as consumer:
        consumer.assign([TopicPartition(name, partition) for partition in range(2)])
        async with asyncio.timeout(60):
            while len(found) < until:
                polled = await consumer.getmany(timeout_ms=300)
                found += [json.loads(record.value) for records in polled.values() for record in records]
    return found


async def may_read(secured: Secured, user: str, topic: str) -> bool:
    """Whether the broker hands out records of the topic to this user."""
    name = PREFIX + topic
    async with AIOKafkaConsumer(
        **client_options(secured, user), auto_offset_reset="earliest", request_timeout_ms=5_000
    ) as consumer:
        try:
            # first whether it may be seen at all: the consumer would only wait for a topic that it can't see
            await consumer._client._wait_on_metadata(name)
            consumer.assign([TopicPartition(name, 0)])
            await consumer.getmany(timeout_ms=400)
        except TopicAuthorizationFailedError:
            return False
    return True
