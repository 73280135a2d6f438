"""The table of metrics, and its instruments."""

from pathlib import Path
from typing import get_args

import pytest

import workers
from workers.adapters.lane_metrics import LaneMetrics
from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.adapters.route_metrics import RouteMetrics
from workers.adapters.smtp_metrics import SmtpMetrics
from workers.adapters.smtp_observer import SmtpObserver
from workers.metrics import METRICS, Metric, MetricName
from workers.streams.observer import EngineObserver

ALL = list(METRICS.values())
WORKERS = Path(workers.__file__ or "").parent


def test_every_name_has_its_row() -> None:
    """The Literal and the table are one list."""
    assert set(get_args(MetricName)) == set(METRICS)


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_every_metric_is_measured_somewhere(metric: Metric) -> None:
    """An alert on what nobody measures never fires, and one on its absence always does."""
    tables = {"metric.py", "metrics.py", "door_metrics.py"}
    sources = [path for path in WORKERS.rglob("*.py") if path.name not in tables]
    assert any(f'"{metric.name}"' in path.read_text("utf-8") for path in sources)


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_every_metric_says_what_it_means_and_what_to_do(metric: Metric) -> None:
    """A number without a next step is decoration. Names follow Prometheus' conventions."""
    assert metric.help.endswith(".")
    assert metric.do
    assert metric.name.startswith("stellwerk_")
    assert (metric.kind == "counter") == metric.name.endswith("_total")
    assert (metric.kind == "histogram") == bool(metric.buckets)
    assert metric.unit not in {"seconds", "bytes"} or metric.name.endswith(f"_{metric.unit}")


def test_gauges_without_labels_are_there_from_the_start() -> None:
    """An alert on a series that does not exist never fires."""
    assert 0 == PrometheusMetrics().value("stellwerk_reconciled_seconds")


def test_a_lane_is_in_one_state_at_a_time() -> None:
    """Coming into a state leaves the one before."""
    metrics = PrometheusMetrics()
    observer: EngineObserver = LaneMetrics(metrics, "route")

    observer.lane_state(3, "acquiring", None)
    observer.lane_state(3, "running", None)

    labels = {"service": "route", "partition": "3"}
    assert 0 == metrics.value("stellwerk_lane_state", state="acquiring", **labels)
    assert 1 == metrics.value("stellwerk_lane_state", state="running", **labels)


def test_committed_batches_are_counted() -> None:
    """Records in, records out, and how long it took."""
    metrics = PrometheusMetrics()
    LaneMetrics(metrics, "route").batch_committed(0, records=5, outputs=30, seconds=0.2)

    labels = {"service": "route", "partition": "0"}
    assert 5 == metrics.value("stellwerk_lane_records_total", **labels)
    assert 30 == metrics.value("stellwerk_lane_outputs_total", **labels)
    assert b'stellwerk_lane_batch_seconds_count{service="route"} 1.0' in metrics.exposition()


def test_a_lane_that_went_elsewhere_is_forgotten() -> None:
    """Its last lag would alarm for ever."""
    metrics = PrometheusMetrics()
    lanes = LaneMetrics(metrics, "route")
    lanes.lane_health(1, lag_records=9, idle_seconds=1.5, stuck=("mail.inbound",), inputs=("mail.inbound",))
    assert 1 == metrics.value("stellwerk_stuck_partition", topic="mail.inbound", partition="1")

    lanes.lane_gone(1)
    lanes.lane_gone(1)

    assert metrics.value("stellwerk_lane_lag_records", service="route", partition="1") is None


def test_smtp_is_counted_by_delivery_and_refusals_by_reason() -> None:
    """Accepted deliveries are what conservation is compared with."""
    metrics = PrometheusMetrics()
    observer: SmtpObserver = SmtpMetrics(metrics)

    observer.connected(7)
    observer.accepted(2, 5_000, 0.02)
    observer.refused(550, "unknown mailbox")
    observer.turned_away("too many")

    assert 7 == metrics.value("stellwerk_smtp_connections")
    assert 2 == metrics.value("stellwerk_smtp_accepted_total")
    assert 1 == metrics.value("stellwerk_smtp_refused_total", code="550", reason="unknown mailbox")
    assert 1 == metrics.value("stellwerk_smtp_refused_connections_total", reason="too many")


def test_sla_events_are_counted_by_kind_and_lateness() -> None:
    """An alert watches those that are late."""
    metrics = PrometheusMetrics()
    RouteMetrics(metrics).sla_told("breached", late=True)
    assert 1 == metrics.value("stellwerk_sla_events_total", kind="breached", late="true")
