"""`TicketPartitions` on Kafka."""

from __future__ import annotations

from schemas.topics import MAIL_INBOUND
from workers.adapters.kafka_admin import kafka_admin
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.moved_tickets import refuse_moved_tickets
from workers.errors import DependencyUnavailable
from workers.key_partition import partition_of_key


class KafkaTicketPartitions:
    """Asks once: the count of an installation never changes (`topics apply` refuses it).

    Where somebody changed it all the same, `refresh` raises `WrongConfiguration` before anything is decided.
    """

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
        count = found[name].partitions
        await refuse_moved_tickets(self._connection, count)
        self._count = count

    def of(self, ticket_id: str) -> int:
        if not self._count:
            raise DependencyUnavailable("the number of partitions is not known yet")
        return partition_of_key(ticket_id.encode(), self._count)
