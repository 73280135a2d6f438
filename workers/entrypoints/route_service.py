"""The routing worker as a service: lanes over mail, forwarded mail and commands."""

from __future__ import annotations

from typing import Any

from schemas import topics
from workers.adapters.blob_store import FsspecBlobStore
from workers.adapters.kafka_directory_log import KafkaDirectoryLog
from workers.adapters.kafka_roles import RoleName
from workers.adapters.kafka_ticket_partitions import KafkaTicketPartitions
from workers.adapters.lane_metrics import LaneMetrics
from workers.adapters.mime_parser import parse_mail
from workers.adapters.receipt_evidence import nothing_was_processed
from workers.adapters.redis_view_store import RedisViewStore
from workers.adapters.route_metrics import RouteMetrics
from workers.entrypoints.installation import ROUTE, Installation
from workers.entrypoints.lane_identities import engine_options, route_lanes
from workers.entrypoints.lane_worker import LaneWorker
from workers.processors.directory_lookup import DirectoryLookup
from workers.processors.enrich import Enricher
from workers.processors.route import RouteDependencies, RouteLogic
from workers.streams.brake import BrakeLimits
from workers.streams.config import LaneServiceConfig, Timing, ViewSpec
from workers.streams.view import view_name


class RouteService(LaneWorker):
    """Mail, forwarded mail and commands, in one transaction a batch."""

    role = RoleName.ROUTE

    def _config(self) -> LaneServiceConfig:
        installation, routing = self._installation, self._installation.settings.routing
        connection = installation.connection
        store = RedisViewStore(self._redis)
        lanes = route_lanes(connection)
        needs = self._dependencies(store)
        return LaneServiceConfig(
            name=ROUTE,
            group_id=lanes.group_id,
            transactional_id=lanes.transactional_id,
            inputs=lanes.inputs,
            kafka=lanes.kafka,
            logic=lambda partition: RouteLogic(partition, needs),
            no_offset_is_true=lambda tp: nothing_was_processed(connection, tp),
            view=ViewSpec(connection.topic(topics.TICKETS_STATE), store, installation.prefix),
            batch_records=routing.batch_records,
            brake=BrakeLimits(routing.brake_in_a_row, routing.brake_window, routing.brake_share),
            timing=Timing(transaction=routing.transaction_seconds),
            observer=LaneMetrics(installation.metrics, ROUTE),
            work=installation.work,
        )

    def _dependencies(self, store: RedisViewStore) -> RouteDependencies:
        installation = self._installation
        connection = installation.connection
        return RouteDependencies(
            policies=self._policies,
            directory=lambda: DirectoryLookup(
                store, KafkaDirectoryLog(connection, lambda cluster: directory_view(installation, cluster))
            ),
            enricher=Enricher(installation.signer, FsspecBlobStore(installation.blobs_url), parse_mail),
            signer=installation.signer,
            prefix=installation.prefix,
            partitions=KafkaTicketPartitions(connection),
            observer=RouteMetrics(installation.metrics),
            tracing=installation.tracing,
        )


def directory_view(installation: Installation, cluster_id: str) -> str:
    topic = installation.connection.topic(topics.DIRECTORY_ENTITIES)
    return view_name(installation.prefix, cluster_id, topic, 0)


def stream_options(installation: Installation) -> dict[str, Any]:
    return engine_options(installation.connection)
