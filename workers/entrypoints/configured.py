"""Settings, and connections made from them, as commands need them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from config.settings import Settings, load_settings
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_reader import KafkaReader, kafka_reader
from workers.adapters.kafka_writer import KafkaWriter
from workers.entrypoints.installation import kafka_connection as connection_of
from workers.entrypoints.output import progress


def settings() -> Settings:
    """As they are now in the environment and the files. Raises `WrongConfiguration`."""
    return load_settings()


def kafka_connection() -> KafkaConnection:
    """The configured cluster."""
    return connection_of(settings())


@asynccontextmanager
async def topics_reader(what: str = "Reading") -> AsyncIterator[KafkaReader]:
    """A reader of the configured cluster that shows its progress to people."""
    with progress(what) as step:
        async with kafka_reader(kafka_connection(), step) as reader:
            yield reader


def topics_writer() -> KafkaWriter:
    """A writer to the configured cluster."""
    return KafkaWriter(kafka_connection())


def now() -> datetime:
    """UTC. Commands take their time here and hand it on."""
    return datetime.now(UTC)
