"""Orders as a shop writes them, and how it does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer


def an_order(number: int, customer: str = "p1", quantity: int = 10) -> bytes:
    """Of one line."""
    order = {
        "order_id": f"o-{number}",
        "customer_id": customer,
        "placed_at": "2026-03-02T10:15:00Z",
        "currency": "EUR",
        "lines": [{"sku": "SKU-1", "quantity": quantity}],
    }
    return json.dumps(order).encode()


@asynccontextmanager
async def shops_producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()
