"""Every metric as one value: name, kind, unit, labels, what it means and what to do about it.

Labels hold ids of ours and closed words only: never an address, a subject or a user's input. deploy/RUNBOOK.md
has an entry for each metric that an alert watches.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
Unit = Literal[
    "mails", "records", "seconds", "bytes", "connections", "requests", "commands", "yes or no", "times"
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
    "stellwerk_smtp_connections",
    "stellwerk_smtp_refused_connections_total",
    "stellwerk_smtp_accepted_total",
    "stellwerk_smtp_refused_total",
    "stellwerk_smtp_accept_seconds",
    "stellwerk_smtp_message_bytes",
    "stellwerk_dependency_up",
    "stellwerk_http_requests_total",
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


_LATENCY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SIZES = (4e3, 16e3, 64e3, 256e3, 1e6, 4e6, 16e6, 64e6)

_CONSERVATION = (
    Metric(
        "stellwerk_unaccounted_mails",
        "gauge",
        "mails",
        "Accepted mails below the committed offsets that have no first receipt (P1). Must be 0.",
        "A mail is lost to the stream: `stellwerk reconcile` names its offset; it is still in mail.inbound.",
        ("partition",),
    ),
    Metric(
        "stellwerk_doubled_mails",
        "gauge",
        "mails",
        "Accepted mails with more than one first receipt (P1). Must be 0.",
        "`stellwerk reconcile` names both receipts; look for two installations with one prefix.",
        ("partition",),
    ),
    Metric(
        "stellwerk_inflight_mails",
        "gauge",
        "mails",
        "Accepted mails that are not decided yet.",
        "Growing: see stellwerk_lane_state and stellwerk_lane_lag_records; add workers up to the partition count.",
        ("partition",),
    ),
    Metric(
        "stellwerk_inflight_oldest_seconds",
        "gauge",
        "seconds",
        "Age of the oldest accepted mail that is not decided yet; 0 where there is none.",
        "Its lane waits or is braked: /readyz of the workers says why.",
        ("partition",),
    ),
    Metric(
        "stellwerk_reconciled_seconds",
        "gauge",
        "seconds",
        "Unix time of the last finished check of conservation.",
        "Older than a few minutes: the gauges above are stale; look at the log of the worker that reconciles.",
    ),
    Metric(
        "stellwerk_stuck_partition",
        "gauge",
        "yes or no",
        "1 while records lie behind an open transaction for longer than its timeout: nobody can read them.",
        "Do NOT abort it by hand: the next transaction of the same lane releases it. See RUNBOOK.",
        ("topic", "partition"),
    ),
)

_LANES = (
    Metric(
        "stellwerk_lane_state",
        "gauge",
        "yes or no",
        "1 for the state that the lane is in: acquiring, running, waiting, braked, failed, released.",
        "braked: our own faults came too often, see the log; waiting: a dependency is down.",
        ("service", "partition", "state"),
    ),
    Metric(
        "stellwerk_lane_lag_records",
        "gauge",
        "records",
        "Records up to the high watermark that the lane has not processed.",
        "Add workers (up to the partition count), or look at stellwerk_lane_batch_seconds.",
        ("service", "partition"),
    ),
    Metric(
        "stellwerk_lane_idle_seconds",
        "gauge",
        "seconds",
        "Time since the lane last made progress; an idle lane with no lag is well.",
        "High together with lag: the lane hangs; its state and reason are in /readyz.",
        ("service", "partition"),
    ),
    Metric(
        "stellwerk_lane_batches_total",
        "counter",
        "times",
        "Committed transactions.",
        "No increase under load: no lane runs.",
        ("service", "partition"),
    ),
    Metric(
        "stellwerk_lane_records_total",
        "counter",
        "records",
        "Input records whose effect is committed.",
        "Compare with stellwerk_smtp_accepted_total.",
        ("service", "partition"),
    ),
    Metric(
        "stellwerk_lane_outputs_total",
        "counter",
        "records",
        "Output records that are committed.",
        "About six for each mail.",
        ("service", "partition"),
    ),
    Metric(
        "stellwerk_lane_batch_seconds",
        "histogram",
        "seconds",
        "From the records' arrival in the lane to the end of the view's write.",
        "High: the broker's disk or Redis is slow; under full load about 0.3 s is usual.",
        ("service",),
        _LATENCY,
    ),
    Metric(
        "stellwerk_lane_faults_total",
        "counter",
        "times",
        "Steps that failed so that the lane acquired anew, by type of error.",
        "A few around restarts are usual; a steady rate is not: the log has the cause.",
        ("service", "kind"),
    ),
    Metric(
        "stellwerk_view_rebuilds_total",
        "counter",
        "times",
        "Views in Redis that were built anew from Kafka.",
        "Beyond restarts and rebalances: somebody flushes, evicts or restores Redis.",
        ("service",),
    ),
    Metric(
        "stellwerk_view_rebuild_seconds",
        "histogram",
        "seconds",
        "How long a view took to be rebuilt; its lane waits for it.",
        "Grows with the number of tickets in a partition (about 20,000 a second).",
        ("service",),
        _LATENCY,
    ),
    Metric(
        "stellwerk_decisions_total",
        "counter",
        "mails",
        "Receipts written, by outcome.",
        "Many suppressed or duplicate: a loop or a mail storm; `stellwerk suppressed list`.",
        ("outcome",),
    ),
    Metric(
        "stellwerk_dead_letters_total",
        "counter",
        "records",
        "Records set aside, by stage, and whether our code was at fault.",
        "`stellwerk dead-letters list`, mend the cause, then `redrive`.",
        ("stage", "own_fault"),
    ),
)

_DOORS = (
    Metric(
        "stellwerk_smtp_connections",
        "gauge",
        "connections",
        "Open SMTP connections.",
        "At the limit, new ones are answered 421: raise the limit or add processes.",
    ),
    Metric(
        "stellwerk_smtp_refused_connections_total",
        "counter",
        "connections",
        "SMTP connections that were turned away, by reason.",
        "One network in a hurry is fine; your own relay is not: raise its limit.",
        ("reason",),
    ),
    Metric(
        "stellwerk_smtp_accepted_total",
        "counter",
        "mails",
        "Deliveries answered with 250: each is one record in mail.inbound.",
        "None for long: is the MX right?",
    ),
    Metric(
        "stellwerk_smtp_refused_total",
        "counter",
        "mails",
        "Mails or recipients that were refused, by reply code and reason.",
        "451: Kafka is away or slow, senders try again; 550: an unknown mailbox; 552: too big.",
        ("code", "reason"),
    ),
    Metric(
        "stellwerk_smtp_accept_seconds",
        "histogram",
        "seconds",
        "From the end of DATA to the reply.",
        "Is the time of Kafka's acknowledgement: look at the brokers' disks and replicas.",
        (),
        _LATENCY,
    ),
    Metric(
        "stellwerk_smtp_message_bytes",
        "histogram",
        "bytes",
        "Size of accepted mails.",
        "Near the limit: tell customers about a file exchange.",
        (),
        _SIZES,
    ),
    Metric(
        "stellwerk_dependency_up",
        "gauge",
        "yes or no",
        "1 while the dependency answers: kafka, redis, blobs.",
        "0: bring it back; nothing is lost meanwhile, senders try again.",
        ("dependency",),
    ),
    Metric(
        "stellwerk_http_requests_total",
        "counter",
        "requests",
        "Answered HTTP requests by route and status.",
        "401: a wrong token; 503: a dependency is away.",
        ("route", "status"),
    ),
    Metric(
        "stellwerk_build_info",
        "gauge",
        "yes or no",
        "Always 1; which version runs.",
        "Different versions side by side are fine within v1.",
        ("version",),
    ),
)

METRICS: Mapping[MetricName, Metric] = MappingProxyType(
    {metric.name: metric for metric in (*_CONSERVATION, *_LANES, *_DOORS)}
)
