"""One installation as a process knows it: its settings, turned into connections. Nothing connects here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import Settings
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.entrypoints.data_directory import data_directory, service_secret
from workers.entrypoints.kafka_security import kafka_security
from workers.entrypoints.redis_address import redis_address
from workers.errors import WrongConfiguration
from workers.routing.identity import Signer
from workers.work_ports import Tracing, Untraced, Unwatched, WorkObserver

if TYPE_CHECKING:
    from workers.entrypoints.embedded_watch import EmbeddedServer

ROUTE, PROJECT, PRICE, CLOCK = "route", "project", "price", "clock"


@dataclass(frozen=True, slots=True)
class Installation:
    """What every service of this process is built from. `token_file`: of the token that `up` made for itself.

    `embedded`: the servers that it started, too.
    """

    settings: Settings
    connection: KafkaConnection
    redis_url: str
    blobs_url: str
    signer: Signer
    metrics: PrometheusMetrics = field(default_factory=PrometheusMetrics)
    token_file: Path | None = None
    embedded: tuple[EmbeddedServer, ...] = ()
    tracing: Tracing = field(default_factory=Untraced)
    work: WorkObserver = field(default_factory=Unwatched)

    @property
    def prefix(self) -> str:
        return self.settings.prefix

    def group_id(self, processor: str) -> str:
        """The consumer group of a processor, and the stem of its transactional ids."""
        return f"{self.prefix}stellwerk-{processor}"


def kafka_connection(settings: Settings, bootstrap_servers: str | None = None) -> KafkaConnection:
    """The configured cluster, or an embedded one at `bootstrap_servers`, which asks for no security.

    Raises `WrongConfiguration` where there is neither, or a certificate can't be read.
    """
    address = bootstrap_servers or settings.kafka.bootstrap_servers
    if not address:
        raise WrongConfiguration(
            "No Kafka is configured: set STELLWERK_KAFKA__BOOTSTRAP_SERVERS=HOST:PORT. `stellwerk up` and "
            "`stellwerk demo` print the address of the Kafka that they bring with them."
        )
    from workers.adapters.lenient_records import read_any_header_key  # loads aiokafka: not for every command

    read_any_header_key()
    security = {} if bootstrap_servers else kafka_security(settings.kafka)
    return KafkaConnection(address, settings.prefix, security, settings.kafka.timeout_seconds)


def configured_installation(settings: Settings) -> Installation:
    """Of a service on its own: everything must be configured. Raises `WrongConfiguration` naming what is not."""
    connection = kafka_connection(settings)
    if settings.redis.url is None:
        raise WrongConfiguration("No Redis is configured: set STELLWERK_REDIS__URL to redis://host:port/0.")
    directory = data_directory(settings)
    return Installation(
        settings=settings,
        connection=connection,
        redis_url=redis_address(settings.redis),
        blobs_url=blobs_url(settings, directory),
        signer=Signer(service_secret(settings, directory)),
    )


def blobs_url(settings: Settings, data_dir: Path | None) -> str:
    """Where big mails go. Raises `WrongConfiguration` without a URL and without a data directory."""
    if settings.blobs.url is not None:
        return settings.blobs.url
    if data_dir is None:
        raise WrongConfiguration(
            "Big mails need a place that smtp and work share: set STELLWERK_BLOBS__URL "
            "(file:///path or s3://bucket/path), or STELLWERK_DATA_DIR on a single machine."
        )
    return str((data_dir / "blobs").absolute())


def installation_secret(settings: Settings) -> bytes:
    """What signs replies and derives ids, for a command: raises `WrongConfiguration` where there is none yet."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    kept = data_directory(settings) / "secret"
    if kept.is_file():
        return kept.read_bytes()
    raise WrongConfiguration(
        "The installation's secret is not configured: set STELLWERK_SECRET (or STELLWERK_SECRET_FILE) to the same "
        "16 or more random characters for every service, or STELLWERK_DATA_DIR to the directory of `stellwerk up`."
    )
