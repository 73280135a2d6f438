"""The continuous check of conservation (P1) as a service: beside the workers, at little cost."""

from __future__ import annotations

from typing import Any

from mode import Service

from workers.adapters.kafka_conservation import KafkaConservationLog
from workers.adapters.reconcile_metrics import ReconcileMetrics
from workers.entrypoints.installation import ROUTE, Installation
from workers.processors.reconcile import ContinuousReconciler, ReconcileObserver


class ReconcileService(Service):
    """Starts without its dependencies and waits for them. As many as there are say the same."""

    def __init__(self, installation: Installation, *others: ReconcileObserver, **options: Any) -> None:
        """`others` are told beside the metrics."""
        super().__init__(**options)
        self._log = KafkaConservationLog(installation.connection, installation.group_id(ROUTE))
        self._reconciler = ContinuousReconciler(self._log, [ReconcileMetrics(installation.metrics), *others])

    @Service.task
    async def _run(self) -> None:
        await self._reconciler.run()

    async def on_shutdown(self) -> None:
        await self._log.close()
