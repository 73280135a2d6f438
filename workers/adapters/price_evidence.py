"""Whether a missing committed offset of `orders.placed` may be believed (DESIGN part 7, `acquire`)."""

from __future__ import annotations

from aiokafka import TopicPartition
from pydantic import ValidationError

from schemas.cloudevents import header
from schemas.dead_letter import HEADER, DeadLetter
from schemas.topics import MAIL_DEAD_LETTER, ORDERS_PLACED, ORDERS_PRICED
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


async def next_order_without_price(connection: KafkaConnection, tp: TopicPartition) -> int:
    """The offset after the last order of this partition that was priced or set aside; 0 where none was.

    Priced orders carry their order's place as their id, dead letters name it. Reads all that is kept of both.
    """
    last = -1
    async with kafka_reader(connection) as reader:
        async for record in reader.read(ORDERS_PRICED, partition=tp.partition):
            last = max(last, _order_offset(record, tp.partition))
        async for record in reader.read(MAIL_DEAD_LETTER, partition=tp.partition):
            if _is_about(record, tp.topic):
                last = max(last, DeadLetter.read(dict(record.headers)[HEADER]).offset)
    return last + 1


def _order_offset(record: InRecord, partition: int) -> int:
    place, _, offset = (header(record.headers, "ce_id") or "").rpartition("-")
    known = place == f"{ORDERS_PLACED.name}-{partition}" and offset.isdigit()
    return int(offset) if known else -1


async def _has_dead_letter(reader: KafkaReader, tp: TopicPartition) -> bool:
    async for record in reader.read(MAIL_DEAD_LETTER):
        if record.partition == tp.partition and _is_about(record, tp.topic):
            return True
    return False


def _is_about(record: InRecord, topic: str) -> bool:
    letter = dict(record.headers).get(HEADER)
    try:
        return letter is not None and DeadLetter.read(letter).topic == topic
    except ValidationError:
        return False
