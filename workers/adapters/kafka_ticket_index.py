"""`TicketIndex` from `tickets.state`, in a thread of its own: the event loop routes mail meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from shutil import disk_usage
from tempfile import gettempdir
from typing import TypeVar

from schemas.ticket import RoutedTicket
from schemas.topics import TICKETS_STATE
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.ticket_tables import MOST_BYTES, TicketTables
from workers.adapters.topics_follower import TopicsFollower
from workers.errors import DependencyUnavailable
from workers.page_ports import DueClock, DueQuery, KeptTicket, TicketQuery
from workers.ports import InRecord

T = TypeVar("T")

LONGEST_REST_SECONDS = 0.2


class KafkaTicketIndex:
    """Each process reads the topic at its start, and forgets it at its end. Needs no Redis."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ticket-index")
        self._made: TicketTables | None = None
        self._full: DependencyUnavailable | None = None
        self._follower = TopicsFollower(connection, (TICKETS_STATE,), self._apply, self._forget)

    async def run(self) -> None:
        """Follow until it is cancelled."""
        try:
            await self._follower.run()
        finally:
            self._thread.submit(self._close)
            self._thread.shutdown(wait=False)

    async def search(self, query: TicketQuery, *, limit: int, after: str | None) -> Sequence[RoutedTicket]:
        await self._caught_up()
        states = await self._in_thread(lambda: self._tables.search(query, limit, after))
        return [state.ticket for state in states]

    async def due(self, query: DueQuery, *, limit: int, skip: int) -> Sequence[DueClock]:
        await self._caught_up()
        return await self._in_thread(lambda: self._tables.due(query, limit, skip))

    async def find(self, ticket_id: str) -> KeptTicket | None:
        await self._caught_up()
        return await self._in_thread(lambda: self._tables.find(ticket_id))

    @property
    def _tables(self) -> TicketTables:
        """Made in the thread, which alone may use it. Leaves half of the room to others: the door has files, too."""
        if self._made is None:
            self._made = TicketTables(min(MOST_BYTES, disk_usage(gettempdir()).free // 2))
        return self._made

    async def _caught_up(self) -> None:
        if self._full is not None:
            raise DependencyUnavailable(self._full.public)
        await self._follower.caught_up()

    async def _apply(self, records: Sequence[InRecord]) -> None:
        """Rests as long as it worked, so that a start leaves half of the process's time to mail.

        While there is no room, the follower tries again and again, slowly.
        """
        began = time.monotonic()
        try:
            await self._in_thread(lambda: self._tables.apply(records))
        except DependencyUnavailable as error:
            self._full = error
            raise
        self._full = None
        await asyncio.sleep(min(time.monotonic() - began, LONGEST_REST_SECONDS))

    def _forget(self) -> None:
        """Not awaited: the thread takes its work in order."""
        self._thread.submit(self._forget_all)

    def _forget_all(self) -> None:
        self._tables.forget()

    def _close(self) -> None:
        self._tables.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
