"""The pricing worker as a service: lanes over `orders.placed`, in a group of their own."""

from __future__ import annotations

from workers.adapters.kafka_directory_log import KafkaDirectoryLog
from workers.adapters.kafka_roles import RoleName
from workers.adapters.lane_metrics import LaneMetrics
from workers.adapters.price_evidence import no_order_was_priced
from workers.adapters.price_metrics import PriceMetrics
from workers.adapters.redis_view_store import RedisViewStore
from workers.entrypoints.installation import PRICE
from workers.entrypoints.lane_identities import price_lanes
from workers.entrypoints.lane_worker import LaneWorker
from workers.entrypoints.route_service import directory_view
from workers.processors.directory_lookup import DirectoryLookup
from workers.processors.price import PriceDependencies, PriceLogic
from workers.streams.brake import BrakeLimits
from workers.streams.config import LaneServiceConfig, Timing


class PriceService(LaneWorker):
    """Orders in, priced orders out."""

    role = RoleName.PRICE

    def _config(self) -> LaneServiceConfig:
        installation, routing = self._installation, self._installation.settings.routing
        connection = installation.connection
        lanes = price_lanes(connection)
        return LaneServiceConfig(
            name=PRICE,
            group_id=lanes.group_id,
            transactional_id=lanes.transactional_id,
            inputs=lanes.inputs,
            kafka=lanes.kafka,
            logic=lambda partition: PriceLogic(partition, self._needs()),
            positions_topic=lanes.view_topic,
            no_offset_is_true=lambda tp: no_order_was_priced(connection, tp),
            batch_records=routing.batch_records,
            brake=BrakeLimits(routing.brake_in_a_row, routing.brake_window, routing.brake_share),
            timing=Timing(transaction=routing.transaction_seconds),
            observer=LaneMetrics(installation.metrics, PRICE),
            work=installation.work,
        )

    def _needs(self) -> PriceDependencies:
        """Of one lane."""
        installation = self._installation
        log = KafkaDirectoryLog(installation.connection, lambda id: directory_view(installation, id))
        return PriceDependencies(
            policies=self._policies,
            directory=DirectoryLookup(RedisViewStore(self._redis), log),
            prefix=installation.prefix,
            observer=PriceMetrics(installation.metrics),
            tracing=installation.tracing,
        )
