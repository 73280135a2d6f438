"""A metric as one value, and the names of all of them. Their rows are in workers/metrics.py."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
Unit = Literal[
    "mails",
    "records",
    "seconds",
    "bytes",
    "connections",
    "requests",
    "commands",
    "orders",
    "spans",
    "yes or no",
    "times",
]

MetricName = Literal[
    "stellwerk_unaccounted_mails",
    "stellwerk_doubled_mails",
    "stellwerk_inflight_mails",
    "stellwerk_inflight_oldest_seconds",
    "stellwerk_reconciled_seconds",
    "stellwerk_stuck_partition",
    "stellwerk_lane_state",
    "stellwerk_lane_lag_records",
    "stellwerk_lane_idle_seconds",
    "stellwerk_lane_batches_total",
    "stellwerk_lane_records_total",
    "stellwerk_lane_outputs_total",
    "stellwerk_lane_batch_seconds",
    "stellwerk_lane_faults_total",
    "stellwerk_view_rebuilds_total",
    "stellwerk_view_rebuild_seconds",
    "stellwerk_decisions_total",
    "stellwerk_dead_letters_total",
    "stellwerk_orders_total",
    "stellwerk_sla_events_total",
    "stellwerk_smtp_connections",
    "stellwerk_smtp_refused_connections_total",
    "stellwerk_smtp_accepted_total",
    "stellwerk_smtp_refused_total",
    "stellwerk_smtp_accept_seconds",
    "stellwerk_smtp_message_bytes",
    "stellwerk_smtp_certificate_end_seconds",
    "stellwerk_smtp_identity_total",
    "stellwerk_dns_failures_total",
    "stellwerk_dependency_up",
    "stellwerk_http_requests_total",
    "stellwerk_trace_spans_total",
    "stellwerk_build_info",
]


@dataclass(frozen=True, slots=True)
class Metric:
    """`do`: the first thing to do when it looks wrong. `buckets`: upper bounds, in the unit, of a histogram."""

    name: MetricName
    kind: Kind
    unit: Unit
    help: str
    do: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


LATENCY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds in seconds, for what usually takes milliseconds."""
