"""aiokafka clients of any user, as systems outside would have them."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError

from tests.e2e.locked.secured import PASSWORDS, PREFIX, USERS, Env, Secured
from workers.adapters.kafka_connection import KafkaConnection

NOT_IT = "hunter2 hunter2"


def client_options(secured: Secured, user: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": secured.kafka.bootstrap,
        "security_protocol": "SASL_SSL",
        "ssl_context": ssl.create_default_context(cafile=secured.certificates.ca),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": user,
        "sasl_plain_password": PASSWORDS[user],
    }


def admin_connection(secured: Secured, user: str) -> KafkaConnection:
    """Of our own code, as that user."""
    security = client_options(secured, user)
    return KafkaConnection(security.pop("bootstrap_servers"), PREFIX, security)


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


def http_status(base: str, path: str, method: str = "GET", token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = Request(base + path, method=method, headers=headers)  # noqa: S310 - ours
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - ours
            return int(answer.status)
    except HTTPError as error:
        return error.code


def run_beside(command: Sequence[str | Path], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A program that is not ours to wait for on the event loop: call it in a thread."""
    return subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False
    )


def refused_env(secured: Secured, case: str) -> Env:
    """The settings of an operator of whom one thing is wrong."""
    user = USERS["operator"]
    known = {"STELLWERK_KAFKA__BOOTSTRAP_SERVERS": secured.kafka.bootstrap}
    match case:
        case "wrong password":
            return secured.env(user, NOT_IT)
        case "unknown CA":
            return secured.env(user) | {"STELLWERK_KAFKA__SSL_CA": str(secured.certificates.other_ca)}
        case "expired token":
            return secured.token_env(user, secured.mint.token(user, lives_seconds=-3600))
        case "wrong client secret":
            return secured.endpoint_env(user, NOT_IT)
        case "no right":
            return secured.env(USERS["shop"])
        case _:
            return known
