"""`TicketPartitions` on Kafka."""

from __future__ import annotations

from aiokafka.partitioner import murmur2

from schemas.topics import MAIL_INBOUND
from workers.adapters.kafka_admin import kafka_admin
from workers.adapters.kafka_connection import KafkaConnection
from workers.errors import DependencyUnavailable


class KafkaTicketPartitions:
    """Asks once: the count of an installation never changes (`topics apply` refuses it)."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._count = 0

    async def refresh(self) -> None:
        if self._count:
            return
        name = self._connection.topic(MAIL_INBOUND)
        async with kafka_admin(self._connection) as admin:
            found = await admin.topics([name])
        if name not in found:
            raise DependencyUnavailable(f"there is no topic {name} yet: run `stellwerk topics apply`")
        self._count = found[name].partitions

    def of(self, ticket_id: str) -> int:
        if not self._count:
            raise DependencyUnavailable("the number of partitions is not known yet")
        return int((murmur2(ticket_id.encode()) & 0x7FFFFFFF) % self._count)
