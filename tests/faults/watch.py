"""Follows accepted mails and receipts from beside, to know when a mail was decided."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Self

from confluent_kafka import TopicPartition

from tests.faults.evidence import Rec
from tests.faults.topic_reader import as_rec, consumer, partitions_of

Place = tuple[int, int]


class Watch:
    """`decided_at(sha256)`: monotonic time of the first receipt of any delivery of that mail."""

    def __init__(self, bootstrap: str, prefix: str = "") -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._lock = threading.Lock()
        self._places: dict[str, list[Place]] = {}
        self._receipts: dict[Place, float] = {}
        self._tickets: deque[str] = deque(maxlen=200)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def decided_at(self, digest: str) -> float | None:
        with self._lock:
            times = [self._receipts.get(place) for place in self._places.get(digest, [])]
        known = [t for t in times if t is not None]
        return min(known) if known else None

    def undecided(self) -> list[Place]:
        """Accepted deliveries without a receipt, as far as both are known here."""
        with self._lock:
            return [p for places in self._places.values() for p in places if p not in self._receipts]

    def some_tickets(self) -> list[str]:
        """Those of the latest deliveries."""
        with self._lock:
            return list(self._tickets)

    def _follow(self) -> None:
        reader = consumer(self._bootstrap, "campaign-watch")
        names = [self._prefix + topic for topic in ("mail.inbound", "routing.decisions")]
        parts = partitions_of(self._bootstrap, names)
        reader.assign([TopicPartition(p.topic, p.partition, 0) for p in parts])
        try:
            while not self._stop.is_set():
                for message in reader.consume(200, timeout=0.1):
                    if message.error() is None:
                        self._note((message.topic() or "").removeprefix(self._prefix), as_rec(message))
        finally:
            reader.close()

    def _note(self, topic: str, record: Rec) -> None:
        with self._lock:
            if topic == "mail.inbound":
                self._tickets.append(record.key)
                self._places.setdefault(record.json["sha256"], []).append((record.partition, record.offset))
            elif record.json["source"]["topic"] == "mail.inbound":
                source = record.json["source"]
                self._receipts.setdefault((source["partition"], source["offset"]), time.monotonic())
