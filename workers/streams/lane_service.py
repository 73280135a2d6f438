"""A processor's lanes as a service: one consumer, one lane per partition that the group gives to this worker."""

from typing import Any

from mode import Service

from workers.streams.config import LaneServiceConfig
from workers.streams.health import ServiceHealth


class LaneService(Service):
    """Starts without the broker and waits for it (T13). A failed lane crashes the service; stopping is bounded."""

    def __init__(self, config: LaneServiceConfig, **options: Any) -> None:
        super().__init__(**options)
        self.config = config

    def health(self) -> ServiceHealth:
        return ServiceHealth(joined=False, lanes=())
