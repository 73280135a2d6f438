"""The operators' pages over the shipped story, without a broker: the real views, tables and HTTP over fakes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp

from schemas import topics
from schemas.dead_letter import HEADER, DeadLetter
from schemas.mail import InboundMail
from schemas.ticket import RoutedTicket, TicketState
from tests.support.example_world import DIRECTORY, POLICY
from tests.support.fake_topics import FakeTopics
from tests.support.fakes import FakeViewStore
from tests.support.shipped_examples import an_example
from workers.adapters.http_pages import Bounds, OperatorPages
from workers.adapters.http_server import HttpServer, Readiness
from workers.adapters.http_sign_in import SignIn
from workers.adapters.page_sessions import Sessions
from workers.adapters.page_templates import PageTemplates
from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.adapters.ticket_tables import TicketTables
from workers.entrypoints.page_flow import FlowPages
from workers.entrypoints.page_history import HistoryPages
from workers.entrypoints.page_routes import page_routes
from workers.entrypoints.page_sampler import Dependency, Sample
from workers.entrypoints.page_sla import SlaPages
from workers.entrypoints.page_tickets import TicketPages
from workers.errors import DependencyUnavailable
from workers.page_ports import DueClock, DueQuery, InputLag, KeptTicket, TicketQuery
from workers.ports import DirectoryPlace, InRecord, OutRecord
from workers.processors.directory_lookup import DirectoryLookup
from workers.processors.flow_board import FlowBoard
from workers.processors.topic_reader import TopicReader
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.conservation import Balance, Missing
from workers.routing.directory_index import derive

TOKEN = "the operators' token"
TICKET = "T-EFXBY9J9J79H"
NOW = datetime(2026, 3, 2, 10, 20, tzinfo=UTC)
VIEW = "view:cluster:directory.entities:0"


class FakeTicketIndex:
    """The real tables, fed by hand. `down`: Kafka is away."""

    def __init__(self) -> None:
        self._tables = TicketTables()
        self.down = False

    def put(self, key: str, state: TicketState | None, at: datetime = NOW) -> None:
        value = None if state is None else state.write()
        record = InRecord(topics.TICKETS_STATE.name, 0, 0, int(at.timestamp() * 1000), key.encode(), value)
        self._tables.apply([record])

    async def search(self, query: TicketQuery, *, limit: int, after: str | None) -> Sequence[RoutedTicket]:
        self._refuse_if_down()
        return [state.ticket for state in self._tables.search(query, limit, after)]

    async def due(self, query: DueQuery, *, limit: int, skip: int) -> Sequence[DueClock]:
        self._refuse_if_down()
        return self._tables.due(query, limit, skip)

    async def find(self, ticket_id: str) -> KeptTicket | None:
        self._refuse_if_down()
        return self._tables.find(ticket_id)

    def _refuse_if_down(self) -> None:
        if self.down:
            raise DependencyUnavailable("Kafka at broker:9092 did not answer while asking where topics end")


class PagesWorld:
    """`clock`: the seconds that pages, sessions and the flow's board see; it stands still unless it is set."""

    def __init__(self, token: str | None = TOKEN) -> None:
        self.token = token
        self.clock = 10_000.0
        self.now = NOW
        self.index = FakeTicketIndex()
        self.topics = FakeTopics()
        self.topics.now = NOW
        self.store = FakeViewStore()
        self.board = FlowBoard(lambda: self.clock)
        self.sample = Sample()
        self.readiness = Readiness()
        self.bounds = Bounds()
        self.history_open = asyncio.Event()
        self.history_open.set()
        self.history_asked = asyncio.Event()
        self.policy: CompiledPolicy = compile_policy(POLICY, "p1")

    async def publish(self) -> PagesWorld:
        """The directory, and the story as it is shipped."""
        fields = derive({entity.key: entity.write() for entity in DIRECTORY.entities()})
        await self.store.rebuild(VIEW, "token:7", fields.items())
        self.index.put(TICKET, an_example(topics.TICKETS_STATE))
        for topic in (topics.ROUTING_DECISIONS, topics.MAIL_ENRICHED, topics.MESSAGES_PRIVACY_TAGGED):
            await self.topics.publish(topic, TICKET, an_example(topic))
        await self.topics.publish(topics.TICKETS_ROUTED, TICKET, an_example(topics.TICKETS_ROUTED))
        return self

    async def set_aside(self, reason: str = "does not validate: envelope: missing", **fields: object) -> None:
        letter: DeadLetter = an_example(topics.MAIL_DEAD_LETTER, reason=reason, **fields)
        accepted: InboundMail = an_example(topics.MAIL_INBOUND)
        headers = ((HEADER, letter.write()), ("ce_id", b"mail.inbound-2-1043:0"))
        value = accepted.write()
        await self.topics.write([OutRecord(topics.MAIL_DEAD_LETTER.name, TICKET.encode(), value, headers)])

    def check(self, *ends: int, missing: Sequence[int] = (), doubled: Sequence[int] = ()) -> None:
        """One round of the reconciler: all decided, but for one mail of the first partition."""
        for partition, end in enumerate(ends):
            lost = tuple(Missing(offset, None) for offset in missing) if partition == 0 else ()
            twice = tuple(doubled) if partition == 0 else ()
            in_flight = int(partition == 0)
            balance = Balance(
                partition, end, end - in_flight - len(lost), in_flight, end - 1, lost, twice, len(twice), end
            )
            self.board.balance(balance, 0.4 if in_flight else 0.0)
        self.board.reconciled(self.now.timestamp() - 2)

    def answer_dependencies(self, redis: str | None = None) -> None:
        lags = (InputLag("route", "mail.inbound", 3, 2, 2), InputLag("price", "orders.placed", 0, 0, 0))
        dependencies = (Dependency("Kafka", None), Dependency("Redis", redis))
        self.sample = Sample(self.now.timestamp() - 3, lags, dependencies)

    def pages(self) -> OperatorPages:
        flow = FlowPages(self.board, lambda: self.sample, lambda: self.readiness, lambda: self.now)
        tickets = TicketPages(self.index, self._directory, self._policy, lambda: self.now)
        history = HistoryPages(self._reader, self.index, "", lambda: self.now)
        routes = page_routes(flow, tickets, SlaPages(self.index, lambda: self.now), history)
        sessions = Sessions(self.token, lambda: self.clock)
        return OperatorPages(
            routes, sessions, SignIn(sessions, PageTemplates(), lambda: self.clock), self.token, self.bounds
        )

    async def place(self) -> DirectoryPlace:
        return DirectoryPlace(VIEW, 7)

    def _directory(self) -> DirectoryLookup:
        return DirectoryLookup(self.store, self)

    async def _policy(self) -> CompiledPolicy:
        return self.policy

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[TopicReader]:
        self.history_asked.set()
        await self.history_open.wait()
        yield self.topics


@asynccontextmanager
async def serving(world: PagesWorld) -> AsyncIterator[str]:
    """The pages' address, `http://127.0.0.1:PORT`."""
    server = HttpServer(
        "127.0.0.1",
        0,
        token=world.token,
        metrics=PrometheusMetrics(),
        readiness=lambda: world.readiness,
        pages=world.pages(),
    )
    await server.start()
    try:
        yield "http://{}:{}".format(*server.address)
    finally:
        await server.stop()


@asynccontextmanager
async def an_operator(world: PagesWorld) -> AsyncIterator[aiohttp.ClientSession]:
    """A client with the token, as a script has it."""
    async with serving(world) as address:
        headers = {"Authorization": f"Bearer {world.token}"}
        async with aiohttp.ClientSession(address, headers=headers) as client:
            yield client


def a_ticket_state(ticket_id: str, opened_at: datetime = NOW, **fields: object) -> TicketState:
    """The story's ticket with another id and other fields of the ticket."""
    state: TicketState = an_example(topics.TICKETS_STATE)
    fields = {"ticket_id": ticket_id, "opened_at": opened_at, **fields}
    return state.model_copy(update={"ticket": state.ticket.model_copy(update=fields)})


MINUTE = timedelta(minutes=1)
