"""Whether a missing committed offset of `orders.placed` may be believed (DESIGN part 7, `acquire`)."""

from __future__ import annotations

from aiokafka import TopicPartition
from pydantic import ValidationError

from schemas.dead_letter import HEADER, DeadLetter
from schemas.topics import MAIL_DEAD_LETTER, ORDERS_PRICED
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_reader import KafkaReader, kafka_reader
from workers.ports import InRecord


async def no_order_was_priced(connection: KafkaConnection, tp: TopicPartition) -> bool:
    """True where nothing was ever written about this partition: no priced order, and no dead letter.

    Raises `DependencyUnavailable` where it cannot be told.
    """
    async with kafka_reader(connection) as reader:
        ends = await reader.ends([ORDERS_PRICED])
        if ends[connection.topic(ORDERS_PRICED), tp.partition] > 0:
            return False
        return not await _has_dead_letter(reader, tp)


async def _has_dead_letter(reader: KafkaReader, tp: TopicPartition) -> bool:
    async for record in reader.read(MAIL_DEAD_LETTER):
        if record.partition == tp.partition and _is_about(record, tp.topic):
            return True
    return False


def _is_about(record: InRecord, topic: str) -> bool:
    header = dict(record.headers).get(HEADER)
    try:
        return header is not None and DeadLetter.read(header).topic == topic
    except ValidationError:
        return False
