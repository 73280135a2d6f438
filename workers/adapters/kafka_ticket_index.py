"""`TicketIndex` from `tickets.state`, in a thread of its own: the event loop routes mail meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from schemas.ticket import RoutedTicket
from schemas.topics import TICKETS_STATE
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.ticket_tables import TicketTables
from workers.adapters.topics_follower import TopicsFollower
from workers.page_ports import DueClock, DueQuery, KeptTicket, TicketQuery
from workers.ports import InRecord

T = TypeVar("T")


class KafkaTicketIndex:
    """Each process reads the topic at its start, and forgets it at its end. Needs no Redis."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ticket-index")
        self._made: TicketTables | None = None
        self._follower = TopicsFollower(connection, (TICKETS_STATE,), self._apply, self._forget)

    async def run(self) -> None:
        """Follow until it is cancelled."""
        try:
            await self._follower.run()
        finally:
            self._thread.submit(self._close)
            self._thread.shutdown(wait=False)

    async def search(self, query: TicketQuery, *, limit: int, after: str | None) -> Sequence[RoutedTicket]:
        await self._follower.caught_up()
        states = await self._in_thread(lambda: self._tables.search(query, limit, after))
        return [state.ticket for state in states]

    async def due(self, query: DueQuery, *, limit: int, skip: int) -> Sequence[DueClock]:
        await self._follower.caught_up()
        return await self._in_thread(lambda: self._tables.due(query, limit, skip))

    async def find(self, ticket_id: str) -> KeptTicket | None:
        await self._follower.caught_up()
        return await self._in_thread(lambda: self._tables.find(ticket_id))

    @property
    def _tables(self) -> TicketTables:
        """Made in the thread, which alone may use it."""
        if self._made is None:
            self._made = TicketTables()
        return self._made

    async def _apply(self, records: Sequence[InRecord]) -> None:
        await self._in_thread(lambda: self._tables.apply(records))

    def _forget(self) -> None:
        """Not awaited: the thread takes its work in order."""
        self._thread.submit(self._forget_all)

    def _forget_all(self) -> None:
        self._tables.forget()

    def _close(self) -> None:
        self._tables.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
