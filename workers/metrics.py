"""Every metric as one value: name, kind, unit, labels, what it means and what to do about it.

Labels hold ids of ours and closed words only: never an address, a subject or a user's input. deploy/RUNBOOK.md
has an entry for each metric.
"""

from collections.abc import Mapping
from types import MappingProxyType

from workers.door_metrics import DOORS
from workers.metric import LATENCY, Metric, MetricName

__all__ = ["METRICS", "Metric", "MetricName"]

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
        "`stellwerk reconcile` names it: a lane was made to read again, by tickets.state from an older backup.",
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
        LATENCY,
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
        LATENCY,
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
    Metric(
        "stellwerk_orders_total",
        "counter",
        "orders",
        "Orders answered in orders.priced: priced, or unpriced (a line, the customer or the currency has no price).",
        "Many unpriced: `stellwerk price` explains an item; a shop may use ids that the directory does not have.",
        ("outcome",),
    ),
    Metric(
        "stellwerk_sla_events_total",
        "counter",
        "records",
        "Events of tickets.sla, by kind, and whether they came more than two seconds after their time.",
        "late=true beyond a restart: no clock runs (`stellwerk work clock`), or the routing lanes lag.",
        ("kind", "late"),
    ),
)

METRICS: Mapping[MetricName, Metric] = MappingProxyType(
    {metric.name: metric for metric in (*_CONSERVATION, *_LANES, *DOORS)}
)
