"""The same loop on librdkafka: a thread with a consumer and a transactional producer for each partition."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, Producer, TopicPartition

from schemas.topics import MAIL_INBOUND
from tests.benchmarks.pass_aiokafka import BATCH_RECORDS, FETCH_BYTES
from tests.benchmarks.recorded_outputs import Output, Recipe


class Threads:
    """As `pass_aiokafka.Lanes`; librdkafka's own threads come on top."""

    def __init__(self, bootstrap: str, prefix: str, recipe: Recipe) -> None:
        self._bootstrap, self._prefix, self._recipe = bootstrap, prefix, recipe
        self._group = f"{prefix}pass-{uuid4().hex[:6]}"
        self._topic = prefix + MAIL_INBOUND.name
        self._ending = Event()
        self._counts = dict.fromkeys(recipe.inputs, 0)
        self._failures: list[Exception] = []
        self._threads = [Thread(target=self._lane, args=(p,)) for p in recipe.inputs]

    @property
    def count(self) -> int:
        return sum(self._counts.values())

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def check(self) -> None:
        """Raise what ended a thread."""
        if self._failures:
            raise self._failures[0]

    def stop(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _lane(self, partition: int) -> None:
        try:
            self._work(partition)
        except Exception as error:  # noqa: BLE001  # `check` raises it in the main thread
            self._failures.append(error)

    def _work(self, partition: int) -> None:
        consumer, producer = self._consumer(), self._producer(partition)
        consumer.assign([TopicPartition(self._topic, partition, 0)])
        producer.init_transactions()
        portions = self._recipe.of(partition)
        while not self._ending.is_set():
            records = consumer.consume(BATCH_RECORDS, timeout=0.1)
            if records:
                producer.begin_transaction()
                for record in records:
                    self._produce(producer, partition, portions[record.offset() % len(portions)])
                    producer.poll(0)
                offset = TopicPartition(self._topic, partition, records[-1].offset() + 1)
                producer.send_offsets_to_transaction([offset], consumer.consumer_group_metadata())
                producer.commit_transaction()
                self._counts[partition] += len(records)
        consumer.close()

    def _produce(self, producer: Any, partition: int, portion: list[Output]) -> None:
        for topic, key, value, headers in portion:
            producer.produce(self._prefix + topic, value, key, partition, headers=headers)

    def _consumer(self) -> Any:
        return Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": self._group,
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "max.partition.fetch.bytes": FETCH_BYTES,
                "fetch.wait.max.ms": 100,
            }
        )

    def _producer(self, partition: int) -> Any:
        own = {"transactional.id": f"{self._group}-{partition}", "queue.buffering.max.messages": 1_000_000}
        return Producer({"bootstrap.servers": self._bootstrap, **own})
