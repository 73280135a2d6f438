"""What routing wrote, as a recipe for pass-throughs: the same records, spread evenly over the same inputs."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import MAIL_INBOUND, ROUTING_DECISIONS, TOPICS
from tests.benchmarks.servers import Place

Output = tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]
"""Topic without prefix, key, value, headers."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """`inputs[p]`: how many mails partition p had; `outputs[p]`: by topic, what was written there, in order."""

    inputs: Mapping[int, int]
    outputs: Mapping[int, Mapping[str, Sequence[Output]]]

    def of(self, partition: int) -> list[list[Output]]:
        """For each input of the partition, in order, what to write. One receipt each, as it is over all partitions:
        forwarded mails have theirs in another one."""
        mails, outputs = self.inputs[partition], self.outputs[partition]
        receipts = outputs[ROUTING_DECISIONS.name]
        portions = [[receipts[number % len(receipts)]] for number in range(mails)]
        for topic in outputs.keys() - {ROUTING_DECISIONS.name}:
            for number, output in enumerate(outputs[topic]):
                portions[number * mails // len(outputs[topic])].append(output)
        return portions

    def per_mail(self) -> tuple[float, float]:
        """Records, and bytes of values and headers."""
        outputs = [o for by_topic in self.outputs.values() for some in by_topic.values() for o in some]
        size = sum(
            len(value or b"") + sum(len(n) + len(v) for n, v in headers) for _, _, value, headers in outputs
        )
        mails = sum(self.inputs.values())
        return len(outputs) / mails, size / mails

    def save(self, path: Path) -> None:
        path.write_bytes(pickle.dumps((self.inputs, self.outputs)))


def load_recipe(path: Path) -> Recipe:
    return Recipe(*pickle.loads(path.read_bytes()))  # noqa: S301  # of our own making, a minute ago


async def recorded(place: Place, partitions: int) -> Recipe:
    """Everything that routing wrote at this place."""
    consumer = AIOKafkaConsumer(
        **place.connection.client_options(), isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        outputs: dict[int, dict[str, list[Output]]] = {p: {} for p in range(partitions)}
        inputs = dict.fromkeys(range(partitions), 0)
        written = [
            t.name for t in TOPICS if t.name.startswith(("mail.", "tickets.", "messages.", "routing."))
        ]
        for topic in written:
            for p in range(partitions):
                tp = TopicPartition(place.prefix + topic, p)
                if topic == MAIL_INBOUND.name:
                    inputs[p] = (await consumer.end_offsets([tp]))[tp]
                elif found := await _all(consumer, tp, topic):
                    outputs[p][topic] = found
        return Recipe(inputs, outputs)
    finally:
        await consumer.stop()


async def _all(consumer: AIOKafkaConsumer, tp: TopicPartition, topic: str) -> list[Output]:
    consumer.assign([tp])
    end = (await consumer.end_offsets([tp]))[tp]
    found: list[Output] = []
    while await consumer.position(tp) < end:
        for records in (await consumer.getmany(tp, timeout_ms=500)).values():
            found += [(topic, r.key, r.value, list(r.headers)) for r in records]
    return found
