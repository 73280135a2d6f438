"""The metrics of workers/metrics.py as Prometheus instruments, in a registry of their own."""

from collections.abc import Callable
from typing import Any, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from workers.metrics import METRICS, Metric, MetricName

CONTENT_TYPE = CONTENT_TYPE_LATEST


class PrometheusMetrics:
    """One per process. Thread-safe; setting a value never raises for labels that METRICS names."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._instruments = {name: _instrument(metric, self._registry) for name, metric in METRICS.items()}

    def add(self, name: MetricName, amount: float = 1, **labels: str) -> None:
        """Count up a counter."""
        self._child(name, labels).inc(amount)

    def adder(self, name: MetricName) -> Callable[[float], None]:
        """`add` to a counter without labels, for what is counted thousands of times a second."""
        return cast("Callable[[float], None]", self._child(name, {}).inc)

    def observer(self, name: MetricName) -> Callable[[float], None]:
        """`observe` of a histogram without labels, likewise."""
        return cast("Callable[[float], None]", self._child(name, {}).observe)

    def set(self, name: MetricName, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._child(name, labels).set(value)

    def observe(self, name: MetricName, value: float, **labels: str) -> None:
        """Add one value, in the metric's unit, to a histogram."""
        self._child(name, labels).observe(value)

    def forget(self, name: MetricName, **labels: str) -> None:
        """Take back one labelled value: of a lane that another worker has now, it would be wrong for ever."""
        instrument = self._instruments[name]
        try:
            instrument.remove(*(labels[label] for label in METRICS[name].labels))
        except KeyError:
            return  # it was never set

    def exposition(self) -> bytes:
        """The text of `/metrics`."""
        return generate_latest(self._registry)

    def value(self, name: MetricName, **labels: str) -> float | None:
        """A counter's or gauge's present value; None where it was never set."""
        return self._registry.get_sample_value(name, labels)

    def _child(self, name: MetricName, labels: dict[str, str]) -> Any:
        instrument = self._instruments[name]
        return instrument.labels(**labels) if METRICS[name].labels else instrument


def _instrument(metric: Metric, registry: CollectorRegistry) -> Any:
    """Instruments without labels show themselves as 0 from the start: absence can't be told from health."""
    match metric.kind:
        case "counter":
            return Counter(metric.name.removesuffix("_total"), metric.help, metric.labels, registry=registry)
        case "gauge":
            return Gauge(metric.name, metric.help, metric.labels, registry=registry)
        case "histogram":
            return Histogram(
                metric.name, metric.help, metric.labels, buckets=metric.buckets, registry=registry
            )
