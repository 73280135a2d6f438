"""What the stream engine tells, as metrics. Fits `workers.streams.observer.EngineObserver`."""

from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.metrics import MetricName

LANE_STATES = ("acquiring", "running", "waiting", "braked", "failed", "released")
_MEASURED: tuple[MetricName, ...] = ("stellwerk_lane_idle_seconds", "stellwerk_lane_lag_records")


class LaneMetrics:
    """Counts for one service (`route`, `project`, …). Never raises, for any partition and state."""

    def __init__(self, metrics: PrometheusMetrics, service: str) -> None:
        self._metrics = metrics
        self._service = service

    def batch_committed(self, partition: int, records: int, outputs: int, seconds: float) -> None:
        lane = {"service": self._service, "partition": str(partition)}
        self._metrics.add("stellwerk_lane_batches_total", 1, **lane)
        self._metrics.add("stellwerk_lane_records_total", records, **lane)
        self._metrics.add("stellwerk_lane_outputs_total", outputs, **lane)
        self._metrics.observe("stellwerk_lane_batch_seconds", seconds, service=self._service)

    def lane_state(self, partition: int, state: str, reason: str | None) -> None:
        del reason  # in /readyz and the log: as a label it would have no bound
        for known in LANE_STATES:
            self._metrics.set(
                "stellwerk_lane_state",
                float(known == state),
                service=self._service,
                partition=str(partition),
                state=known,
            )

    def fault(self, partition: int, kind: str) -> None:
        del partition  # a fault is of the service or of what it depends on
        self._metrics.add("stellwerk_lane_faults_total", service=self._service, kind=kind)

    def view_rebuilt(self, view: str, fields: int, seconds: float) -> None:
        del view, fields  # in the log
        self._metrics.add("stellwerk_view_rebuilds_total", service=self._service)
        self._metrics.observe("stellwerk_view_rebuild_seconds", seconds, service=self._service)

    def lane_health(
        self,
        partition: int,
        *,
        lag_records: int | None,
        idle_seconds: float,
        stuck: tuple[str, ...],
        inputs: tuple[str, ...],
    ) -> None:
        """What is measured now and then rather than told: lag, time without progress, stuck inputs."""
        lane = {"service": self._service, "partition": str(partition)}
        self._metrics.set("stellwerk_lane_idle_seconds", idle_seconds, **lane)
        if lag_records is not None:
            self._metrics.set("stellwerk_lane_lag_records", lag_records, **lane)
        for topic in inputs:
            self._metrics.set(
                "stellwerk_stuck_partition", float(topic in stuck), topic=topic, partition=str(partition)
            )

    def lane_gone(self, partition: int) -> None:
        """Another worker has the partition now: what we know of it is no longer true."""
        for name in _MEASURED:
            self._metrics.forget(name, service=self._service, partition=str(partition))
