"""`mail.inbound` on Kafka: what is answered with 250 has been acknowledged by all in-sync replicas.

The producer is idempotent and not transactional, so that offsets have no holes (P1). After any failed or
unanswered send it is thrown away: aiokafka's does not recover from a gap in its sequence (aiokafka #1017).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from workers.adapters.kafka_batch_producer import BatchProducer, Written
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.tcp_reachable import any_reachable
from workers.cancellation import only_ours
from workers.errors import DependencyUnavailable
from workers.ports import Ack, OutRecord

_log = structlog.get_logger(__name__)

MAX_RECORD_BYTES = 7 * 1024 * 1024
"""Below what the topic takes, headers and framing included."""

_WRITE_BYTES = 512 * 1024
"""One write takes no more than this and one call's records: they are held twice on their way, and while the broker
works on a few mails, their clients and we work on the next."""

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class InboundLogTiming:
    """`append_seconds` bounds one write; a record that came while another was under way waits for both, and for
    more where more waits than one write takes.

    A write that takes `patience_seconds` is given up at once where no broker takes a connection, so a dead one is
    noticed soon and a slow one is waited for. `linger_seconds`: how long the first record of a batch waits for
    company. What waited that long for the write before goes at once.
    """

    append_seconds: float = 10.0
    patience_seconds: float = 1.0
    connect_seconds: float = 10.0
    linger_seconds: float = 0.0003


class Producer(Protocol):
    """`BatchProducer`, as far as it is used here."""

    async def start(self) -> None: ...

    async def write(self, records: Sequence[OutRecord]) -> Sequence[Written]: ...

    async def drop(self) -> None: ...


class _Waiting:
    """One `append` call."""

    __slots__ = ("came_at", "done", "records")

    def __init__(self, records: Sequence[OutRecord], loop: asyncio.AbstractEventLoop) -> None:
        self.records = records
        self.done: asyncio.Future[list[Ack]] = loop.create_future()
        self.came_at = loop.time()

    def succeed(self, acks: list[Ack]) -> None:
        if not self.done.done():
            self.done.set_result(acks)

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(_unavailable(error))
            self.done.exception()  # a caller that is gone leaves no "never retrieved" behind


class KafkaInboundLog:
    """`InboundLog`. One task writes for all callers: what waits while a write is under way goes in the next.

    `start` does not wait for the broker. While there is none, `append` answers at once, and the log reconnects
    by itself. `max_record_bytes` must be below `max.message.bytes` of the topic.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        timing: InboundLogTiming | None = None,
        max_record_bytes: int = MAX_RECORD_BYTES,
        new_producer: Callable[[KafkaConnection, float], Producer] = BatchProducer,
    ) -> None:
        self._connection = connection
        self._new_producer = new_producer
        self._timing = timing or InboundLogTiming()
        self._max_record_bytes = max_record_bytes
        self._waiting: deque[_Waiting] = deque()
        self._under_way: list[_Waiting] = []
        self._write_began_at: float | None = None
        self._arrived = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writer: asyncio.Task[None] | None = None
        self._drops: set[asyncio.Task[None]] = set()
        self._connected = False

    @property
    def available(self) -> bool:
        """False while it is known that nothing can be written: refuse before asking for the content."""
        return self._connected

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._writer = asyncio.create_task(self._run(), name="mail.inbound writer")

    async def stop(self) -> None:
        """Appends under way fail; stop the callers first."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.wait([self._writer])
        if self._drops:  # the writer's end has begun one
            await asyncio.wait(self._drops)

    async def append(self, records: Sequence[OutRecord]) -> list[Ack]:
        """See `InboundLog.append`. At once while there is no broker, and when a write takes `append_seconds`."""
        if self._loop is None or not self._connected:
            raise DependencyUnavailable("The log of accepted mail is not available", connected=False)
        for record in records:
            if len(record.value or b"") > self._max_record_bytes:
                raise DependencyUnavailable("The log does not take a record of this size")
        waiting = _Waiting(records, self._loop)  # to ask for the running one is a system call
        self._waiting.append(waiting)
        self._arrived.set()
        return await waiting.done

    async def _run(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        try:
            while True:
                connected = await self._one_producer()
                pause = _FIRST_PAUSE_SECONDS if connected else min(2 * pause, _LONGEST_PAUSE_SECONDS)
                await asyncio.sleep(pause)
        finally:
            self._fail_all(ConnectionError("stopped"))

    async def _one_producer(self) -> bool:
        """Live with one producer until it fails; says whether it ever connected."""
        producer = self._new_producer(self._connection, self._timing.append_seconds)
        connected = False
        try:
            with only_ours("writing accepted mail"):
                await asyncio.wait_for(producer.start(), self._timing.connect_seconds)
                self._connected = connected = True
                await _first_of(self._write_all(producer), self._until_nobody_listens())
        except Exception as error:  # noqa: BLE001  # whatever it is: 451 for all, and a fresh producer
            self._lost(error)
        finally:
            self._drop(producer)
        return connected

    async def _write_all(self, producer: Producer) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
            lingering = self._waiting[0].came_at + self._timing.linger_seconds - loop.time()
            if lingering > 0:
                await asyncio.sleep(lingering)
            self._take()
            self._write_began_at = loop.time()
            async with asyncio.timeout(self._timing.append_seconds):
                await self._write(producer, self._under_way)
            self._write_began_at = None

    def _take(self) -> None:
        taken: list[_Waiting] = []
        octets = 0
        while self._waiting and octets < _WRITE_BYTES:
            one = self._waiting.popleft()
            octets += sum(len(record.value or b"") for record in one.records)
            taken.append(one)
        self._under_way = taken

    @staticmethod
    async def _write(producer: Producer, waiting: Sequence[_Waiting]) -> None:
        records = [record for one in waiting for record in one.records]
        acks = iter(_acks(records, await producer.write(records)))
        for one in waiting:
            one.succeed([next(acks) for _ in one.records])

    async def _until_nobody_listens(self) -> None:
        """ConnectionError as soon as a write is slow and no broker takes a connection any more."""
        patience = self._timing.patience_seconds
        while True:
            await asyncio.sleep(patience / 4)
            began = self._write_began_at
            if began is None or asyncio.get_running_loop().time() - began < patience:
                continue
            reachable = await any_reachable(self._connection.bootstrap_servers, patience)
            if not reachable and self._write_began_at == began:
                raise ConnectionError("no broker takes a connection")

    def _lost(self, error: Exception) -> None:
        if self._connected:
            _log.warning("inbound-log-lost", error=type(error).__name__, waiting=len(self._waiting))
        self._fail_all(error)

    def _fail_all(self, error: Exception) -> None:
        self._connected, self._write_began_at = False, None
        failed = [*self._under_way, *self._waiting]
        self._under_way = []
        self._waiting.clear()
        for one in failed:
            one.fail(error)

    def _drop(self, producer: Producer) -> None:
        """Its end may take a while; the next producer does not wait for it."""
        dropping = asyncio.create_task(producer.drop())
        self._drops.add(dropping)
        dropping.add_done_callback(self._drops.discard)


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Until one of them ends, which ends the others. Raises its error."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        for done in (await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED))[0]:
            done.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _acks(records: Sequence[OutRecord], written: Sequence[Written]) -> list[Ack]:
    return [
        Ack(record.topic, where.partition, where.offset)
        for record, where in zip(records, written, strict=True)
    ]


def _unavailable(error: BaseException) -> DependencyUnavailable:
    unavailable = DependencyUnavailable(
        "The log of accepted mail did not acknowledge in time", error=type(error).__name__
    )
    unavailable.__cause__ = error
    return unavailable
