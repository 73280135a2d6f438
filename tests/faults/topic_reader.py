"""Reads whole topics as any downstream system could: librdkafka, `read_committed`, plain JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, KafkaError, Message, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # OffsetSpec is not re-exported
    AdminClient,
    OffsetSpec,
)

from tests.faults.evidence import Rec

_TIMEOUT_SECONDS = 20.0


def consumer(bootstrap: str, group: str = "campaign") -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )


def partitions_of(bootstrap: str, topics: Iterable[str]) -> list[TopicPartition]:
    found = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0}).list_topics(
        timeout=_TIMEOUT_SECONDS
    )
    return [TopicPartition(t, p) for t in topics for p in sorted(found.topics[t].partitions)]


def read_topics(bootstrap: str, topics: Iterable[str], prefix: str = "") -> dict[str, list[Rec]]:
    """Every record up to the ends of the partitions. Raises where that takes too long."""
    reader = consumer(bootstrap)
    parts = partitions_of(bootstrap, [prefix + topic for topic in topics])
    reader.assign([TopicPartition(p.topic, p.partition, 0) for p in parts])
    waiting = {(p.topic, p.partition) for p in parts}
    found: dict[str, list[Rec]] = {topic: [] for topic in topics}
    deadline = time.monotonic() + 120
    try:
        while waiting:
            if time.monotonic() > deadline:
                raise AssertionError(f"never came to the end of {sorted(waiting)}")
            for message in reader.consume(500, timeout=1.0):
                topic, error = message.topic() or "", message.error()
                if error is None:
                    found[topic.removeprefix(prefix)].append(as_rec(message))
                elif error.code() == KafkaError._PARTITION_EOF:
                    waiting.discard((topic, message.partition() or 0))
    finally:
        reader.close()
    return {topic: sorted(recs, key=lambda r: (r.partition, r.offset)) for topic, recs in found.items()}


def as_rec(message: Message) -> Rec:
    raw = message.value()
    return Rec(
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        key=(message.key() or b"").decode(),
        value=None if raw is None else _document(raw),
        raw=raw or b"",
        at=message.timestamp()[1] / 1000,
        id=_ce_id(message),
    )


def _ce_id(message: Message) -> str:
    found = dict(message.headers() or ()).get("ce_id")
    return found.decode() if isinstance(found, bytes) else ""


def _document(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {"value": document}


def unstable_partitions(bootstrap: str, topics: Iterable[str]) -> list[str]:
    """Partitions that end in something that no `read_committed` reader sees."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    parts = partitions_of(bootstrap, topics)
    ends = {}
    for level in (IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED):
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = admin.list_offsets(dict.fromkeys(parts, latest), isolation_level=level)
        ends[level] = {(p.topic, p.partition): f.result(_TIMEOUT_SECONDS).offset for p, f in asked.items()}
    stable, high = ends[IsolationLevel.READ_COMMITTED], ends[IsolationLevel.READ_UNCOMMITTED]
    return [
        f"{t}-{p}: stable {stable[t, p]}, high {high[t, p]}" for t, p in stable if stable[t, p] < high[t, p]
    ]
