"""What the operators' pages read from a real broker: tickets as they stand, and how far workers are behind."""

from contextlib import suppress

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.ticket import TicketState
from schemas.topics import MAIL_INBOUND, ORDERS_PLACED, TICKETS_STATE
from tests.support.builders import an_inbound_mail
from tests.support.eventually import eventually
from tests.support.pages_world import a_ticket_state
from tests.support.running_index import running
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_input_lags import KafkaInputLags, Processor
from workers.adapters.kafka_ticket_index import KafkaTicketIndex
from workers.adapters.kafka_writer import KafkaWriter
from workers.adapters.topics_apply import ensure_topics
from workers.errors import DependencyUnavailable
from workers.page_ports import InputLag, TicketQuery
from workers.ports import OutRecord

ID = "T-AAAAAAAAAAAA"


@pytest.fixture
async def connection(kafka: EmbeddedKafka, topic_prefix: str) -> KafkaConnection:
    connection = KafkaConnection(kafka.bootstrap, topic_prefix)
    await ensure_topics(connection, partitions=3)
    return connection


async def found(index: KafkaTicketIndex) -> list[str] | None:
    """Statuses of all tickets; None while it gives no answer."""
    with suppress(DependencyUnavailable):
        return [ticket.status for ticket in await index.search(TicketQuery(), limit=10, after=None)]
    return None


def a_record(state: TicketState | None) -> OutRecord:
    return OutRecord(TICKETS_STATE.name, ID.encode(), None if state is None else state.write())


async def test_a_ticket_is_found_as_it_stands_when_it_is_asked_for(connection: KafkaConnection) -> None:
    """What was committed before the question is in the answer, also what was taken away."""
    async with running(KafkaTicketIndex(connection)) as index:
        with pytest.raises(DependencyUnavailable):
            await index.find(ID)
        await eventually(lambda: _is(index, []), within=60)
        for status in ("open", "waiting"):
            await KafkaWriter(connection).write([a_record(a_ticket_state(ID, status=status))])
            assert [status] == await found(index)
        kept = await index.find(ID)
        assert kept is not None
        assert ID == kept.state.ticket.ticket_id
        await KafkaWriter(connection).write([a_record(None)])
        assert [] == await found(index)


async def _is(index: KafkaTicketIndex, statuses: list[str]) -> bool:
    return statuses == await found(index)


async def test_lags_count_what_a_group_has_not_committed(connection: KafkaConnection) -> None:
    """Of a group that nobody has made yet: all that is kept. Its members are counted, too."""
    mails = [an_inbound_mail(delivery_id=f"{number:032x}") for number in range(4)]
    records = [
        OutRecord(MAIL_INBOUND.name, b"k", mail.write(), partition=min(1, n)) for n, mail in enumerate(mails)
    ]
    await KafkaWriter(connection).write(records)
    group = f"{connection.prefix}route"
    lags = KafkaInputLags(connection, [Processor("route", group, (MAIL_INBOUND, ORDERS_PLACED))])
    try:
        expected = [InputLag("route", "mail.inbound", 4, 3, 0), InputLag("route", "orders.placed", 0, 0, 0)]
        assert expected == await lags.ask()
        topic = connection.topic(MAIL_INBOUND)
        worker = AIOKafkaConsumer(
            topic, **connection.client_options(), group_id=group, enable_auto_commit=False
        )
        await worker.start()
        try:
            await eventually(lambda: len(worker.assignment()) == 3, within=30)
            await worker.commit({TopicPartition(topic, 1): 2})
            assert InputLag("route", "mail.inbound", 2, 1, 1) == (await lags.ask())[0]
        finally:
            await worker.stop()
    finally:
        await lags.close()


async def test_where_kafka_does_not_answer_lags_are_not_guessed() -> None:
    """Neither the old ones nor none."""
    lags = KafkaInputLags(KafkaConnection("127.0.0.1:1"), [Processor("route", "g", (MAIL_INBOUND,))])
    for _ in range(2):
        with pytest.raises(DependencyUnavailable):
            await lags.ask()
