"""A tiny processor for tests of the engine: it counts per key, in the view, and writes each count out.

What a `read_committed` reader finds must be revisions 1, 2, … n for each key, without a hole, a double or a
wrong order, whatever died meanwhile.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from workers.ports import BatchOutcome, InRecord, OutRecord, ViewReader, ViewStore
from workers.streams.config import Checkpoint, LaneServiceConfig, Timing, ViewSpec, no_checkpoint

QUICK = Timing(
    fetch=0.05,
    session=6.0,
    heartbeat=0.5,
    transaction=10.0,
    rebalance=10.0,
    request=12.0,
    backoff_longest=1.0,
    idle_commit=1.0,
    rebuild_progress=10.0,
)


@dataclass(frozen=True, slots=True)
class Counting:
    """`LaneLogic`: key -> how many records of this key so far."""

    topics: "CountingTopics"
    poison: bytes = b"poison"

    async def acquire(self) -> None:
        pass

    async def decide(self, batch: Sequence[InRecord], view: ViewReader) -> BatchOutcome:
        keys = list(dict.fromkeys(_key(record) for record in batch))
        counts = {k: int(v or 0) for k, v in zip(keys, await view.read(keys), strict=True)}
        outputs: list[OutRecord] = []
        for record in batch:
            key = _key(record)
            counts[key] += 1
            value = str(counts[key]).encode()
            source = (("source", f"{record.topic}/{record.partition}/{record.offset}".encode()),)
            outputs.append(OutRecord(self.topics.state, record.key, value))
            outputs.append(OutRecord(self.topics.counted, record.key, value, source))
        new = {key: str(counts[key]).encode() for key in keys}
        return BatchOutcome(outputs, new, [record.value == self.poison for record in batch])


def _key(record: InRecord) -> str:
    return (record.key or b"").decode()


@dataclass(frozen=True, slots=True)
class CountingTopics:
    """The topics of one test: two inputs, the view's topic, the output."""

    prefix: str
    partitions: int = 4
    bootstrap: str = ""
    others: tuple[str, ...] = field(default=())

    @property
    def inputs(self) -> tuple[str, ...]:
        return (f"{self.prefix}mails", f"{self.prefix}commands")

    @property
    def state(self) -> str:
        return f"{self.prefix}state"

    @property
    def counted(self) -> str:
        return f"{self.prefix}counted"

    @property
    def kafka(self) -> dict[str, object]:
        return {"bootstrap_servers": self.bootstrap}

    async def create(self) -> None:
        admin = AIOKafkaAdminClient(**self.kafka)
        await admin.start()
        try:
            names = (*self.inputs, self.counted, *self.others)
            topics = [NewTopic(name, self.partitions, 1) for name in names]
            compacted = {"cleanup.policy": "compact"}
            state = NewTopic(self.state, self.partitions, 1, topic_configs=compacted)
            await admin.create_topics([*topics, state])
        finally:
            await admin.close()

    async def put(self, keys: Sequence[str], *, value: bytes = b"x", topic: str | None = None) -> None:
        """One record per key into the first input, in order, acknowledged."""
        producer = AIOKafkaProducer(**self.kafka, enable_idempotence=True)
        await producer.start()
        try:
            name = topic or self.inputs[0]
            sent = [await producer.send(name, value, key=key.encode()) for key in keys]
            for future in sent:
                await future
        finally:
            await producer.stop()

    def config(
        self,
        store: ViewStore,
        *,
        checkpoint: Checkpoint = no_checkpoint,
        timing: Timing = QUICK,
        batch_records: int = 20,
    ) -> LaneServiceConfig:
        return LaneServiceConfig(
            name="counting",
            group_id=f"{self.prefix}counting",
            transactional_id=f"{self.prefix}counting",
            inputs=self.inputs,
            kafka=self.kafka,
            logic=lambda _: Counting(self),
            no_offset_is_true=self.nothing_counted,
            view=ViewSpec(self.state, store, self.prefix),
            batch_records=batch_records,
            timing=timing,
            checkpoint=checkpoint,
        )

    async def nothing_counted(self, tp: TopicPartition) -> bool:
        """The evidence: no output names this input as its source."""
        prefix = f"{tp.topic}/{tp.partition}/".encode()
        return not any(source.startswith(prefix) for _, _, source in await self.read_counted())

    async def read_counted(self) -> list[tuple[str, int, bytes]]:
        """(key, revision, source) of all that a `read_committed` reader sees now."""
        tps = [TopicPartition(self.counted, n) for n in range(self.partitions)]
        consumer = AIOKafkaConsumer(
            **self.kafka,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        try:
            await consumer.start()
            consumer.assign(tps)
            for tp in tps:
                consumer.seek(tp, 0)
            ends = await consumer.end_offsets(tps)
            found = []
            while any([await consumer.position(tp) < ends[tp] for tp in tps]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [(r.key.decode(), int(r.value), dict(r.headers)["source"]) for r in records]
            return found
        finally:
            await consumer.stop()


def violations(counted: Sequence[tuple[str, int, bytes]], sent: Sequence[str]) -> list[str]:
    """What is wrong with the outputs, given the keys that were sent. Empty: exactly once, in order."""
    revisions: dict[str, list[int]] = defaultdict(list)
    for key, revision, _ in counted:
        revisions[key].append(revision)
    wrong = []
    for key in sorted(set(sent) | revisions.keys()):
        expected = list(range(1, sent.count(key) + 1))
        if revisions[key] != expected:
            wrong.append(f"{key}: {revisions[key]} instead of 1..{len(expected)}")
    sources = [source for _, _, source in counted]
    wrong += [f"{source!r} twice" for source in set(sources) if sources.count(source) > 1]
    return wrong
