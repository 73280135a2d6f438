"""Whether a missing committed offset may be believed (DESIGN part 7, `acquire`)."""

from __future__ import annotations

from aiokafka import TopicPartition
from pydantic import ValidationError

from schemas.decision import RoutingDecision
from schemas.topics import MAIL_FORWARDED, ROUTING_DECISIONS
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_reader import kafka_reader


async def nothing_was_processed(connection: KafkaConnection, tp: TopicPartition) -> bool:
    """True where `routing.decisions` holds nothing from this input.

    Receipts of forwarded mail name their `mail.inbound` record, so for a partition of `mail.forwarded` any
    receipt of that partition counts. Reads until the first such receipt; it is asked once in an input's life.
    Raises `DependencyUnavailable` where it cannot be told.
    """
    name = tp.topic.removeprefix(connection.prefix)
    async with kafka_reader(connection) as reader:
        async for record in reader.read(ROUTING_DECISIONS):
            try:
                source = RoutingDecision.read(record.value or b"").source
            except ValidationError:
                return False  # something was decided, and it cannot be ruled out that it was this input
            if name == MAIL_FORWARDED.name:
                if record.partition == tp.partition:
                    return False
            elif (source.topic, source.partition) == (name, tp.partition):
                return False
    return True
