"""Settings, and connections made from them, as commands need them.

Kafka is loaded by who asks for it: `stellwerk settings` and the checks of files do without.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from config.settings import Settings, load_settings
from workers.entrypoints.output import progress

if TYPE_CHECKING:
    from workers.adapters.kafka_connection import KafkaConnection
    from workers.adapters.kafka_reader import KafkaReader
    from workers.adapters.kafka_writer import KafkaWriter


def settings() -> Settings:
    """As they are now in the environment and the files. Raises `WrongConfiguration`."""
    return load_settings()


def kafka_connection() -> KafkaConnection:
    """The configured cluster."""
    from workers.entrypoints.installation import kafka_connection as connection_of

    return connection_of(settings())


@asynccontextmanager
async def topics_reader(what: str = "Reading") -> AsyncIterator[KafkaReader]:
    """A reader of the configured cluster that shows its progress to people."""
    from workers.adapters.kafka_reader import kafka_reader

    with progress(what) as step:
        async with kafka_reader(kafka_connection(), step) as reader:
            yield reader


def topics_writer() -> KafkaWriter:
    """A writer to the configured cluster."""
    from workers.adapters.kafka_writer import KafkaWriter

    return KafkaWriter(kafka_connection())


def now() -> datetime:
    """UTC. Commands take their time here and hand it on."""
    return datetime.now(UTC)
