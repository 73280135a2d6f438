"""A consumer that is not ours and not Python: Kafka's console consumer."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiokafka import AIOKafkaProducer

from schemas.topics import TICKETS_ROUTED
from tests.e2e.running_up import RunningUp, a_mail, reading
from tests.support.java_console import console_consumer


async def test_the_java_console_sees_key_headers_and_value(up: RunningUp, kafka_tools: Path) -> None:
    """Committed records only: what a transaction wrote that was aborted is not shown."""
    assert 250 == up.send(a_mail(), "support@acme.example")[0]
    async with reading(up, "tickets.routed") as read:
        [*_, routed] = await read.until("tickets.routed")
    topic = TICKETS_ROUTED.full_name(up.prefix)
    await _write_and_abort(up, topic)

    shown = await asyncio.to_thread(console_consumer, kafka_tools, up.addresses["kafka"], topic)

    [found] = [each for each in shown if each.headers["ce_id"] == routed.headers["ce_id"]]
    assert (routed.key or b"").decode() == found.key == found.value["ticket_id"]
    assert routed.value == found.value
    assert dict(routed.headers) == dict(found.headers)
    assert "stellwerk.tickets.routed.v1" == found.headers["ce_type"]
    assert [] == [each for each in shown if each.key == "T-ABORTED"]


async def _write_and_abort(up: RunningUp, topic: str) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=up.addresses["kafka"], transactional_id=f"{up.prefix}somebody-else"
    )
    await producer.start()
    await producer.begin_transaction()
    await producer.send_and_wait(topic, b'{"ticket_id": "T-ABORTED"}', key=b"T-ABORTED")
    await producer.abort_transaction()
    await producer.stop()
