"""A derived view of a whole topic: the directory projector's engine."""

import asyncio
from collections.abc import Mapping

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.support.eventually import eventually
from tests.support.running_lanes import RedisStore, running_service
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.ports import mark_offset
from workers.streams.cluster import cluster_id_of
from workers.streams.config import Timing
from workers.streams.materializer import Materializer, MaterializerConfig
from workers.streams.view import view_name

QUICK = Timing(fetch=0.05, session=6.0, heartbeat=0.5, backoff_longest=0.5)


def by_value(records: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """A derivation that needs several records at once: value -> its keys."""
    keys: dict[str, list[str]] = {}
    for key in sorted(records):
        keys.setdefault(records[key].decode(), []).append(key)
    return {value: " ".join(found).encode() for value, found in keys.items()}


class Directory:
    """One compacted topic with one partition, and what the view of it says."""

    def __init__(self, bootstrap: str, prefix: str, store: RedisStore) -> None:
        self.kafka = {"bootstrap_servers": bootstrap}
        self.topic = f"{prefix}entities"
        self.store = store
        self.config = MaterializerConfig(
            name="project",
            group_id=f"{prefix}project",
            topic=self.topic,
            kafka=self.kafka,
            store=store,
            derive=by_value,
            key_prefix=prefix,
            timing=QUICK,
        )
        self.prefix = prefix
        self.view = ""

    async def create(self) -> None:
        admin = AIOKafkaAdminClient(**self.kafka)
        await admin.start()
        await admin.create_topics([NewTopic(self.topic, 1, 1, topic_configs={"cleanup.policy": "compact"})])
        await admin.close()
        self.view = view_name(self.prefix, await cluster_id_of(self.kafka), self.topic, 0)

    async def publish(self, **records: str | None) -> None:
        """All in one transaction."""
        producer = AIOKafkaProducer(**self.kafka, transactional_id=f"{self.topic}-publisher")
        await producer.start()
        async with producer.transaction():
            for key, value in records.items():
                await producer.send(self.topic, value.encode() if value else None, key=key.encode())
        await producer.stop()

    async def says(self, *fields: str) -> tuple[int, list[bytes | None]]:
        mark, values = await self.store.read(self.view, fields)
        return (mark_offset(mark) if mark else -1), values

    async def comes_to_say(self, **expected: str | None) -> None:
        values = [value.encode() if value else None for value in expected.values()]

        async def said() -> bool:
            return values == (await self.says(*expected))[1]

        await eventually(said, within=15, every=0.05)


@pytest.fixture
async def directory(kafka: EmbeddedKafka, topic_prefix: str, store: RedisStore) -> Directory:
    created = Directory(kafka.bootstrap, topic_prefix, store)
    await created.create()
    return created


async def test_what_was_published_before_and_after_the_start_is_derived(directory: Directory) -> None:
    """Set, changed and deleted; the mark moves with each transaction, markers included."""
    await directory.publish(a="x", b="x", c="y")
    async with running_service(Materializer(directory.config)) as projector:
        await directory.comes_to_say(x="a b", y="c")
        assert 4 == (await directory.says())[0]
        await directory.publish(b="y", c=None)
        await directory.comes_to_say(x="a", y="b")
        assert 7 == (await directory.says())[0]
        await eventually(lambda: projector.health().ready, within=5)


async def test_an_edit_that_changes_no_field_moves_the_mark(directory: Directory) -> None:
    """Readers wait for the offset that they have seen."""
    async with running_service(Materializer(directory.config)):
        await directory.publish(a="x")
        await directory.comes_to_say(x="a")
        await directory.publish(a="x")

        async def moved() -> bool:
            return 4 == (await directory.says())[0]

        await eventually(moved, within=5)


async def test_a_flushed_redis_is_repaired_without_new_input(directory: Directory) -> None:
    """As long as it is empty, readers find no mark and wait; nobody is "unknown"."""
    await directory.publish(a="x")
    async with running_service(Materializer(directory.config)):
        await directory.comes_to_say(x="a")
        for _ in range(3):
            await directory.store.client.flushall()
            await directory.comes_to_say(x="a")


async def test_a_redis_that_restarts_is_repaired(directory: Directory, valkey: EmbeddedValkey) -> None:
    """Also when it was away for a while, and edits came meanwhile."""
    await directory.publish(a="x")
    async with running_service(Materializer(directory.config)):
        await directory.comes_to_say(x="a")
        await asyncio.to_thread(valkey.kill)
        await directory.publish(b="x")
        await asyncio.to_thread(valkey.start)
        await directory.comes_to_say(x="a b")


async def test_a_foreign_write_is_repaired(directory: Directory) -> None:
    """A zombie's or an old snapshot's mark is not the owner's."""
    await directory.publish(a="x")
    async with running_service(Materializer(directory.config)):
        await directory.comes_to_say(x="a")
        assert await directory.store.rebuild(directory.view, "zombie:99", [("x", b"forged")])
        await directory.comes_to_say(x="a")


async def test_a_restart_reads_everything_again(directory: Directory) -> None:
    """No committed offset tells it that there is nothing to read."""
    await directory.publish(a="x", b="y")
    async with running_service(Materializer(directory.config)):
        await directory.comes_to_say(x="a", y="b")
    await directory.store.client.flushall()
    async with running_service(Materializer(directory.config)):
        await directory.comes_to_say(x="a", y="b")


async def test_another_takes_over_when_the_owner_leaves(directory: Directory) -> None:
    """One owner at a time; the stand-by is ready too."""
    await directory.publish(a="x")
    second = Materializer(directory.config)
    async with running_service(Materializer(directory.config)) as first:
        await directory.comes_to_say(x="a")
        await second.start()
        await eventually(lambda: first.health().joined and second.health().joined, within=20)
        assert 1 == len(first.health().lanes) + len(second.health().lanes)
    try:
        await directory.publish(b="x")
        await directory.comes_to_say(x="a b")
    finally:
        await second.stop()
