"""What only a real broker shows of the door's index: never older than the question, whatever Kafka does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import TypeVar

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from schemas.event import Event
from schemas.mail import Source
from schemas.topics import (
    DIRECTORY_ENTITIES,
    MAIL_INBOUND,
    MESSAGES_PRIVACY_TAGGED,
    ROUTING_DECISIONS,
    TICKETS_ROUTED,
    Topic,
)
from tests.support.builders import an_inbound_mail
from tests.support.eventually import eventually
from tests.support.own_broker import own_kafka
from tests.support.running_index import running
from tests.support.shipped_examples import an_example
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_delivery_index import KafkaDeliveryIndex
from workers.adapters.kafka_reader import kafka_reader
from workers.adapters.kafka_record_fetch import KafkaAcceptedMails
from workers.adapters.kafka_writer import KafkaWriter
from workers.adapters.topics_apply import ensure_topics
from workers.errors import DependencyUnavailable
from workers.ports import OutRecord

kafka = own_kafka

T = TypeVar("T")
TICKET = "T-AAAAAAAAAAAA"
PLACE = Source(topic="mail.inbound", partition=1, offset=0)


@pytest.fixture
async def connection(kafka: EmbeddedKafka, topic_prefix: str) -> KafkaConnection:
    connection = KafkaConnection(kafka.bootstrap, topic_prefix)
    await ensure_topics(connection, partitions=3)
    return connection


def a_record(topic: Topic[Event], event: Event, partition: int | None = None) -> OutRecord:
    return OutRecord(topic.name, TICKET.encode(), event.write(), partition=partition)


def a_decision(number: int, book: str = "board") -> list[OutRecord]:
    """What `route` writes of a delivery in one transaction, as far as the door reads it."""
    delivery, requires = f"{number:032x}", {"address_books": [book]}
    tag = an_example(MESSAGES_PRIVACY_TAGGED, delivery_id=delivery, ticket_id=TICKET)
    ticket = an_example(TICKETS_ROUTED, ticket_id=TICKET, requires=requires)
    receipt = an_example(ROUTING_DECISIONS, delivery_id=delivery, outcome="routed", source=PLACE.model_dump())
    return [
        a_record(MESSAGES_PRIVACY_TAGGED, tag),
        a_record(TICKETS_ROUTED, ticket),
        a_record(ROUTING_DECISIONS, receipt),
    ]


def an_index(connection: KafkaConnection) -> AbstractAsyncContextManager[KafkaDeliveryIndex]:
    return running(KafkaDeliveryIndex(connection, lambda cluster: f"view:{cluster}"))


async def answered(ask: Callable[[], Awaitable[T]]) -> T:
    """The first answer: until it has caught up it gives none, and a busy machine makes it late."""

    async def once() -> list[T] | None:
        with suppress(DependencyUnavailable):
            return [await ask()]
        return None

    first = await eventually(once, within=60)
    assert first is not None
    return first[0]


async def answers(index: KafkaDeliveryIndex, number: int) -> bool:
    """Whether the delivery is a message."""
    delivery = f"{number:032x}"
    return delivery in await answered(lambda: index.find([delivery]))


async def test_what_others_can_see_before_the_question_is_in_the_answer(connection: KafkaConnection) -> None:
    """Each time, at once: an answer from before would be "no such mail", or a right that is no more."""
    async with an_index(connection) as index:
        with pytest.raises(DependencyUnavailable):
            await index.find(["0" * 32])
        for number in range(5):
            delivery = f"{number:032x}"
            ask_message, ask_place = partial(index.find, [delivery]), partial(index.source, delivery)
            assert ({}, None) == (await answered(ask_message), await answered(ask_place))
            async with KafkaWriter(connection).transaction("test") as write:
                await write(a_decision(number, book=f"book-{number}"))
            await eventually(partial(_is_visible, connection, delivery), within=30)
            found = await answered(ask_message)
            assert (f"book-{number}",) == found[delivery].ticket_requires.address_books
            assert PLACE == await answered(ask_place)


async def _is_visible(connection: KafkaConnection, delivery: str) -> bool:
    """A commit returns a moment before its markers are in all partitions: only then everybody reads it."""
    async with kafka_reader(connection) as reader:
        for topic in (MESSAGES_PRIVACY_TAGGED, ROUTING_DECISIONS):
            if not [r async for r in reader.read(topic) if delivery.encode() in (r.value or b"")]:
                return False
        tickets = [r async for r in reader.read(TICKETS_ROUTED)]
        return len(tickets) == int(delivery, 16) + 1


async def test_what_is_not_committed_is_neither_seen_nor_waited_for(connection: KafkaConnection) -> None:
    """An open transaction has decided nothing yet."""
    producer = AIOKafkaProducer(**connection.client_options(), transactional_id=connection.prefix + "open")
    await producer.start()
    try:
        await producer.begin_transaction()
        for record in a_decision(1):
            await producer.send_and_wait(connection.prefix + record.topic, record.value, key=record.key)
        async with an_index(connection) as index:
            assert not await answers(index, 1)
            await producer.commit_transaction()
            await eventually(lambda: answers(index, 1), within=30)
    finally:
        await producer.stop()


async def test_while_kafka_is_away_there_is_no_answer_and_afterwards_the_right_one(
    kafka: EmbeddedKafka, connection: KafkaConnection
) -> None:
    """P6: not the last one that was known."""
    await KafkaWriter(connection).write(a_decision(1))
    async with an_index(connection) as index:
        assert await answers(index, 1)
        await asyncio.to_thread(kafka.kill)
        with pytest.raises(DependencyUnavailable):
            await index.find([f"{1:032x}"])
        await asyncio.to_thread(kafka.start)
        await KafkaWriter(connection).write(a_decision(2))
        assert await answers(index, 1)
        assert await answers(index, 2)


async def test_topics_made_anew_are_read_anew(connection: KafkaConnection) -> None:
    """What the old ones said of a ticket is worth nothing."""
    await KafkaWriter(connection).write([*a_decision(1), *a_decision(2)])
    async with an_index(connection) as index:
        assert await answers(index, 1)
        admin = AIOKafkaAdminClient(**connection.client_options())
        await admin.start()
        await admin.delete_topics([connection.topic(t) for t in (MESSAGES_PRIVACY_TAGGED, TICKETS_ROUTED)])
        await admin.close()
        await eventually(lambda: _made_anew(connection), within=30, every=0.2)
        await KafkaWriter(connection).write(a_decision(3))
        assert await answers(index, 3)
        assert not await answers(index, 1)


async def _made_anew(connection: KafkaConnection) -> bool:
    await ensure_topics(connection, partitions=3)
    return True


async def test_the_directorys_end_is_that_of_now(connection: KafkaConnection) -> None:
    """A right taken away moves it, and the door waits for a view that has come so far."""
    async with an_index(connection) as index:
        await answers(index, 1)
        before = await answered(index.place)
        await KafkaWriter(connection).write([OutRecord(DIRECTORY_ENTITIES.name, b"user/x", b"{}")])
        assert (before.view, before.end + 1) == ((after := await answered(index.place)).view, after.end)


async def test_a_mail_is_read_from_its_place_and_no_other(connection: KafkaConnection) -> None:
    """Among others; None where there is nothing, or nothing any more."""
    mails = [an_inbound_mail(b"x" * size, delivery_id=f"{size:032x}") for size in (10, 500_000, 20)]
    await KafkaWriter(connection).write([a_record(MAIL_INBOUND, mail, partition=1) for mail in mails])
    fetch = KafkaAcceptedMails(connection)
    for offset, mail in enumerate(mails):
        assert mail == await fetch.read(PLACE.model_copy(update={"offset": offset}))
    assert None is await fetch.read(PLACE.model_copy(update={"offset": 3}))
    assert None is await fetch.read(PLACE.model_copy(update={"partition": 0}))
