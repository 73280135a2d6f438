"""A processor's lanes as a service: one consumer, one lane per partition that the group gives to this worker."""

from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer

from workers.streams.acquire import LaneParts
from workers.streams.config import LaneServiceConfig
from workers.streams.group_member import GroupMember
from workers.streams.group_service import GroupService
from workers.streams.lane import Lane


class LaneService(GroupService):
    """Exactly once from the inputs to the outputs and the view. Run as many of them as there are partitions."""

    def __init__(self, config: LaneServiceConfig, **options: Any) -> None:
        super().__init__(config.name, config.kafka, config.timing, config.observer, **options)
        self.config = config

    def topics(self) -> Sequence[str]:
        view = [self.config.view.topic] if self.config.view else []
        return [*self.config.inputs, *view]

    def new_member(self, cluster_id: str) -> GroupMember:
        config = self.config

        def lane(consumer: AIOKafkaConsumer, partition: int) -> Lane:
            return Lane(LaneParts(config, partition, consumer, config.logic(partition), cluster_id))

        return GroupMember(
            config.kafka, config.group_id, config.inputs, config.timing, config.fetch_bytes, lane
        )
