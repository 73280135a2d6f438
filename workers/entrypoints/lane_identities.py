"""The processors that have lanes, as the services that run them and the commands that ask for them know them."""

from __future__ import annotations

from typing import Any

from schemas import topics
from workers.adapters.kafka_connection import KafkaConnection
from workers.entrypoints.group_names import group_name
from workers.entrypoints.installation import PRICE, ROUTE
from workers.streams.config import LaneIdentity

ROUTE_INPUTS = (topics.MAIL_INBOUND, topics.MAIL_FORWARDED, topics.TICKETS_COMMANDS)


def route_lanes(connection: KafkaConnection) -> LaneIdentity:
    """Mail, forwarded mail and commands; their log is `tickets.state`."""
    group = group_name(connection.prefix, ROUTE)
    return LaneIdentity(
        name=ROUTE,
        group_id=group,
        transactional_id=group,
        inputs=tuple(connection.topic(topic) for topic in ROUTE_INPUTS),
        kafka=engine_options(connection),
        view_topic=connection.topic(topics.TICKETS_STATE),
    )


def price_lanes(connection: KafkaConnection) -> LaneIdentity:
    """Orders; their log holds their positions alone."""
    group = group_name(connection.prefix, PRICE)
    inputs = (connection.topic(topics.ORDERS_PLACED),)
    return LaneIdentity(
        name=PRICE,
        group_id=group,
        transactional_id=group,
        inputs=inputs,
        kafka=engine_options(connection),
        view_topic=connection.topic(topics.ORDERS_POSITIONS),
    )


def engine_options(connection: KafkaConnection) -> dict[str, Any]:
    """The engine sets its own request timeouts."""
    options = connection.client_options()
    options.pop("request_timeout_ms")
    return options
