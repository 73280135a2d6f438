"""Commands on tickets among the mail, as a downstream system writes them; some come to the wrong lane first."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from random import Random
from uuid import uuid4

from confluent_kafka import Producer

from tests.faults.watch import Watch

_KINDS = (("status", "waiting"), ("status", "open"), ("severity", "normal"), ("assign", {"handler": "petr"}))
_PARTITIONERS = ("murmur2_random", "consistent_random")
"""The first one is Kafka's own; by the second, commands come to the wrong lane, which sends them on."""


class Commands:
    """Writes until it is stopped. What librdkafka could not deliver was never asked."""

    def __init__(self, bootstrap: str, watch: Watch, seed: int, *, pause_seconds: float = 0.4) -> None:
        self._watch = watch
        self._random = Random(seed)
        self._pause_seconds = pause_seconds
        self._producers = [
            Producer(
                {
                    "bootstrap.servers": bootstrap,
                    "enable.idempotence": True,
                    "partitioner": partitioner,
                    "log_level": 0,
                }
            )
            for partitioner in _PARTITIONERS
        ]

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * self._pause_seconds)
            if tickets := self._watch.some_tickets():
                self._ask(self._random.choice(tickets))

    def flush(self) -> None:
        for producer in self._producers:
            producer.flush(60)

    def _ask(self, ticket: str) -> None:
        kind, value = self._random.choice(_KINDS)
        command = {
            "command_id": str(uuid4()),
            "ticket_id": ticket,
            "kind": kind,
            "value": value,
            "actor": "petr",
            "at": datetime.now(UTC).isoformat(),
        }
        producer = self._random.choice(self._producers)
        producer.produce("tickets.commands", json.dumps(command), key=ticket)
        producer.poll(0)
