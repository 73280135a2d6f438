"""What an operator sees of one mail: its trace, in a collector of OpenTelemetry, and its lines in the log."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from schemas import topics
from schemas.trace_context import TraceContext
from tests.e2e.running_up import Json, RunningUp, a_mail, reading, up_beside
from tests.support.eventually import eventually
from tests.support.otlp_receiver import OtlpReceiver, otlp_receiver
from tests.support.shipped_examples import an_example
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.entrypoints.provision import SAMPLES

SHOP = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)
PRIVATE = ("jan@acme.test", "Kowalski", "secret plans", "jana@acme.example")


@pytest.fixture(scope="module")
def collector() -> Iterator[OtlpReceiver]:
    with otlp_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def up(
    kafka: EmbeddedKafka,
    valkey: EmbeddedValkey,
    collector: OtlpReceiver,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningUp]:
    """One that traces; everything is kept, and sent soon."""
    traced = {
        "STELLWERK_TRACES__ENABLED": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "NO_PROXY": "127.0.0.1",
    }
    with up_beside(kafka, valkey, tmp_path_factory.mktemp("traced"), traced) as running:
        yield running


async def test_one_trace_leads_from_smtp_to_the_routed_event(up: RunningUp, collector: OtlpReceiver) -> None:
    """Across topics: the event's traceparent is the span of the decision, whose parent is the acceptance."""
    assert 250 == up.send(a_mail(subject="secret plans", text="Dear Kowalski"), "support@acme.example")[0]
    async with reading(up, "tickets.routed", "mail.inbound") as read:
        [routed] = await read.until("tickets.routed")
        [inbound] = await read.until("mail.inbound")
    decided = _trace(routed.headers)
    await eventually(lambda: _span(collector, decided) is not None)
    route = _wanted(collector, decided)
    accept = _wanted(collector, _trace(inbound.headers))
    [receive] = [span for span in collector.named("receive") if span.span_id == accept.parent_span_id]

    assert [f"route {up.prefix}mail.inbound", f"accept {up.prefix}mail.inbound"] == [route.name, accept.name]
    assert [Span.SPAN_KIND_SERVER, Span.SPAN_KIND_PRODUCER, Span.SPAN_KIND_CONSUMER] == [
        receive.kind,
        accept.kind,
        route.kind,
    ]
    assert route.parent_span_id == accept.span_id
    assert b"" == receive.parent_span_id
    assert {bytes.fromhex(decided.trace_id)} == {receive.trace_id, accept.trace_id, route.trace_id}
    assert {
        "stellwerk.delivery_id": inbound.value["delivery_id"],
        "stellwerk.ticket_id": routed.value["ticket_id"],
        "stellwerk.outcome": "routed",
    }.items() <= _attributes(route).items()


async def test_a_shops_own_trace_goes_on_with_its_price(up: RunningUp, collector: OtlpReceiver) -> None:
    """Whoever writes a topic of ours may trace, too."""
    producer = AIOKafkaProducer(bootstrap_servers=up.addresses["kafka"])
    await producer.start()
    order = an_example(topics.ORDERS_PLACED)
    headers = [("traceparent", SHOP.write().encode())]
    topic = topics.ORDERS_PLACED.full_name(up.prefix)
    await producer.send_and_wait(topic, order.write(), key=order.order_id.encode(), headers=headers)
    await producer.stop()
    async with reading(up, "orders.priced") as read:
        [priced] = await read.until("orders.priced")
    context = _trace(priced.headers)
    await eventually(lambda: _span(collector, context) is not None)
    assert SHOP.trace_id == context.trace_id
    assert SHOP.span_id == _wanted(collector, context).parent_span_id.hex()


async def test_a_change_of_the_directory_is_a_trace_of_its_own(
    up: RunningUp, collector: OtlpReceiver, tmp_path: Path
) -> None:
    """Whoever wrote it traced nothing."""
    file = tmp_path / "directory.yaml"
    file.write_text((SAMPLES / "directory.yaml").read_text("utf-8").replace("Second level", "Level two"))
    await asyncio.to_thread(up.told, "directory", "load", str(file), "--yes")
    name = f"project {up.prefix}directory.entities"
    await eventually(lambda: collector.named(name))
    assert {b""} == {span.parent_span_id for span in collector.named(name)}


async def test_no_span_and_no_line_holds_personal_data(up: RunningUp, collector: OtlpReceiver) -> None:
    """P5: ids only, whatever the mail says."""
    mail = a_mail(sender="Jan Kowalski <jan@acme.test>", subject="secret plans", text="Dear Kowalski")
    assert 250 == up.send(mail, "jana@acme.example", mail_from="jan@acme.test")[0]
    async with reading(up, "routing.decisions", "mail.inbound") as read:
        [inbound] = await read.until("mail.inbound", mailbox="jana@acme.example")
        await read.until("routing.decisions", delivery_id=inbound.value["delivery_id"])
    await eventually(lambda: len(_lines(up.log, inbound.value["delivery_id"])) == 2)
    seen = up.log.read_text() + "".join(map(str, collector.spans))
    assert [] == [words for words in PRIVATE if words.lower() in seen.lower()]


async def test_a_delivery_has_one_line_for_each_stage(up: RunningUp) -> None:
    """A mail to two mailboxes is two deliveries: four lines."""
    assert 250 == up.send(a_mail(), "support@acme.example", "orders@acme.example")[0]
    async with reading(up, "mail.inbound", "routing.decisions") as read:
        await read.until("mail.inbound", mailbox="orders@acme.example")
        ids = [each.value["delivery_id"] for each in read.all("mail.inbound")[-2:]]
        for delivery_id in ids:
            await read.until("routing.decisions", delivery_id=delivery_id)
    await eventually(lambda: all(len(_lines(up.log, each)) >= 2 for each in ids))
    for delivery_id in ids:
        lines = _lines(up.log, delivery_id)
        assert Counter({"accept": 1, "route": 1}) == Counter(line["stage"] for line in lines)
        assert {"work-done"} == {line["event"] for line in lines}
        assert 1 == len({(line["trace_id"], line["ticket_id"]) for line in lines})
        assert 1 == len({(line["topic"], line["partition"], line["offset"]) for line in lines})


def _trace(headers: Any) -> TraceContext:
    found = TraceContext.read(headers["traceparent"])
    assert found is not None
    return found


def _span(collector: OtlpReceiver, context: TraceContext) -> Span | None:
    return next((span for span in collector.spans if span.span_id.hex() == context.span_id), None)


def _wanted(collector: OtlpReceiver, context: TraceContext) -> Span:
    found = _span(collector, context)
    assert found is not None
    return found


def _attributes(span: Span) -> dict[str, str]:
    return {each.key: each.value.string_value for each in span.attributes}


def _lines(log: Path, delivery_id: str) -> list[Json]:
    return [json.loads(line) for line in log.read_text().splitlines() if f'"{delivery_id}"' in line]
