"""The operators' pages as a service: what they read, kept up to date beside the door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import structlog
from mode import Service

from schemas.topics import ORDERS_PLACED
from workers.adapters.http_pages import OperatorPages
from workers.adapters.http_sign_in import SignIn
from workers.adapters.kafka_directory_log import KafkaDirectoryLog
from workers.adapters.kafka_input_lags import KafkaInputLags, Processor
from workers.adapters.kafka_policy_log import KafkaPolicyLog
from workers.adapters.kafka_reader import kafka_reader
from workers.adapters.kafka_ticket_index import KafkaTicketIndex
from workers.adapters.page_answers import PageRoute
from workers.adapters.page_sessions import Sessions
from workers.adapters.page_templates import PageTemplates
from workers.adapters.redis_client import redis_client
from workers.adapters.redis_view_store import RedisViewStore
from workers.entrypoints.http_service import Watched
from workers.entrypoints.installation import PRICE, ROUTE, Installation
from workers.entrypoints.lane_identities import ROUTE_INPUTS
from workers.entrypoints.page_flow import FlowPages
from workers.entrypoints.page_history import HistoryPages
from workers.entrypoints.page_routes import page_routes
from workers.entrypoints.page_sampler import PageSampler
from workers.entrypoints.page_sla import SlaPages
from workers.entrypoints.page_tickets import TicketPages
from workers.entrypoints.route_service import directory_view
from workers.processors.directory_lookup import DirectoryLookup
from workers.processors.flow_board import FlowBoard
from workers.processors.gentle_reader import GentleReader
from workers.processors.topic_reader import TopicReader
from workers.routing.compiled_policy import CompiledPolicy, compile_policy

_log = structlog.get_logger(__name__)

ACQUIRE_SECONDS = 60.0


class PagesService(Service):
    """Starts without its dependencies: the pages say what is away. `board`: for the reconciler to tell."""

    def __init__(self, installation: Installation, watched: Watched, **options: Any) -> None:
        super().__init__(**options)
        self._installation = installation
        self._watched = watched
        self.board = FlowBoard()
        self._redis = redis_client(installation.redis_url)
        self._index = KafkaTicketIndex(installation.connection)
        self._policies = KafkaPolicyLog(installation.connection)
        self._compiled: CompiledPolicy | None = None
        self._directory_log = KafkaDirectoryLog(
            installation.connection, lambda cluster: directory_view(installation, cluster)
        )
        self._seen: DirectoryLookup | None = None
        self._seen_until = 0.0
        self._lags = KafkaInputLags(installation.connection, _processors(installation))
        checks = (("Redis, with the directory", self._look_up), ("the live policy", self._policies.refresh))
        self._sampler = PageSampler(self._lags, checks)

    def pages(self) -> OperatorPages:
        """For `HttpService`."""
        secret = self._installation.settings.http.token
        token = secret.get_secret_value() if secret else None
        sessions = Sessions(token, time.time)
        sign_in = SignIn(sessions, PageTemplates(), time.monotonic)
        return OperatorPages(self._routes(), sessions, sign_in, token)

    def _routes(self) -> list[PageRoute]:
        flow = FlowPages(self.board, lambda: self._sampler.sample, self._watched.readiness, _now)
        tickets = TicketPages(self._index, self._directory, self._policy, _now)
        sla = SlaPages(self._index, _now)
        history = HistoryPages(self._reader, self._index, self._installation.prefix, _now)
        return page_routes(flow, tickets, sla, history)

    @Service.task
    async def _follow(self) -> None:
        """A bug here ends the search for tickets, never the workers beside it."""
        try:
            await self._index.run()
        except Exception as error:  # noqa: BLE001 - as above
            _log.exception("pages-failed", kind=type(error).__name__)

    async def on_start(self) -> None:
        await self.add_runtime_dependency(self._sampler)

    async def on_shutdown(self) -> None:
        await self._lags.close()
        await self._policies.stop()
        await self._redis.aclose()

    def _directory(self) -> DirectoryLookup:
        """One for each question: its cache is for one task."""
        return DirectoryLookup(RedisViewStore(self._redis), self._directory_log)

    async def _look_up(self) -> None:
        """Each `acquire` connects anew, so seldom; between them the view must be no older than it was."""
        if self._seen is None or time.monotonic() > self._seen_until:
            directory = self._directory()
            await directory.acquire()
            self._seen, self._seen_until = directory, time.monotonic() + ACQUIRE_SECONDS
        await self._seen.read(())

    async def _policy(self) -> CompiledPolicy:
        """The live one; compiled once for each version."""
        await self._policies.refresh()
        live = self._policies.current
        if self._compiled is None or self._compiled.version != live.version:
            self._compiled = await asyncio.to_thread(compile_policy, live.policy, live.version)
        return self._compiled

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[TopicReader]:
        async with kafka_reader(self._installation.connection) as reader:
            yield GentleReader(reader)


def _processors(installation: Installation) -> tuple[Processor, ...]:
    """Those with committed offsets; the projector and the clock start from topics' beginnings."""
    return (
        Processor(ROUTE, installation.group_id(ROUTE), ROUTE_INPUTS),
        Processor(PRICE, installation.group_id(PRICE), (ORDERS_PLACED,)),
    )


def _now() -> datetime:
    return datetime.now(UTC)
