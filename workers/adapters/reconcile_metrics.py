"""Conservation (P1) as gauges. Fits `workers.processors.reconcile.ReconcileObserver`."""

from collections.abc import Sequence

import structlog

from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.routing.conservation import Balance, Unstable

log = structlog.get_logger()

NAMED = 20


class ReconcileMetrics:
    """Also logs each change to a worse balance once, with the offsets."""

    def __init__(self, metrics: PrometheusMetrics) -> None:
        self._metrics = metrics
        self._wrong: dict[int, tuple[int, int]] = {}
        self._hidden: set[tuple[str, int]] = set()

    def balance(self, balance: Balance, oldest_seconds: float) -> None:
        partition = str(balance.partition)
        self._metrics.set("stellwerk_unaccounted_mails", len(balance.missing), partition=partition)
        self._metrics.set("stellwerk_doubled_mails", balance.doubled_count, partition=partition)
        self._metrics.set("stellwerk_inflight_mails", balance.in_flight, partition=partition)
        self._metrics.set("stellwerk_inflight_oldest_seconds", oldest_seconds, partition=partition)
        self._tell(balance)

    def reconciled(self, at: float) -> None:
        self._metrics.set("stellwerk_reconciled_seconds", at)

    def unstable(self, partitions: Sequence[Unstable]) -> None:
        present = {(place.topic, place.partition) for place in partitions}
        for topic, partition in self._hidden | present:
            value = float((topic, partition) in present)
            self._metrics.set("stellwerk_stuck_partition", value, topic=topic, partition=str(partition))
        self._hidden |= present

    def _tell(self, balance: Balance) -> None:
        now = (len(balance.missing), balance.doubled_count)
        if now != self._wrong.get(balance.partition, (0, 0)):
            log.error(
                "mails-unaccounted",
                partition=balance.partition,
                missing=[mail.offset for mail in balance.missing[:NAMED]],
                doubled=list(balance.doubled[:NAMED]),
                counts=now,
            )
        self._wrong[balance.partition] = now
