"""What N mails a day need, computed from what a mail costs. `python -m tests.benchmarks.capacity_plan` writes it down.

Every formula stands here once, and in words in deploy/CAPACITY.md; a test holds the document to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from schemas.topics import MESSAGES_PRIVACY_TAGGED, TOPICS
from tests.benchmarks.capacity_costs import Costs, load_costs
from tests.benchmarks.results_file import with_figures

DOCUMENT = Path(__file__).parents[2] / "deploy" / "CAPACITY.md"
MILLION = 1_000_000
SIZES = (MILLION, 10 * MILLION, 100 * MILLION)
DAY_SECONDS = 86_400
WITH_THE_DOOR = "project, price, clock"
READERS: Mapping[str, int] = {
    "mail.inbound": 1,  # route
    "mail.forwarded": 1,  # route
    "tickets.state": 1,  # clock
    "routing.decisions": 3,  # two doors, the reconciler
    "messages.privacy-tagged": 4,  # two doors, two downstream systems
    "tickets.routed": 4,  # the same
    "tickets.sla": 2,  # two downstream systems
}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """`peak`: the busiest minute against the mean. `busy`: of a core or a link, at the peak. `copies`: of a record.

    `broker_disk_bytes`: what one broker may hold. `ticket_days`: how long tickets stay. `dirty`: records of a
    compacted topic for each key, half of which the cleaner may leave. `memory`: of Redis, for each octet that we store.
    """

    peak: float = 3.0
    busy: float = 0.6
    copies: int = 3
    broker_cores: int = 8
    broker_disk_bytes: float = 8e12
    broker_network_bytes: float = 1.25e9
    ticket_days: int = 30
    dirty: float = 2.0
    memory: float = 1.3
    partition_step: int = 12
    rebuilt_tickets_a_second: int = 20_000


@dataclass(frozen=True, slots=True)
class Plan:
    """`disk_bytes`: of all brokers, at the retention of the topics. `rebuild_seconds`: of one partition's view.

    `index_bytes`, `door_cores`: of each process with the door, which reads everything by itself."""

    mails_a_day: int
    peak_a_second: float
    smtp: int
    route: int
    partitions: int
    brokers: int
    broker_cores: float
    disk_bytes: float
    in_bytes_a_second: float
    out_bytes_a_second: float
    tickets: float
    redis_bytes: float
    rebuild_seconds: float
    index_bytes: float
    door_cores: float


def plan_for(mails_a_day: int, costs: Costs, given: Assumptions | None = None) -> Plan:
    """What this many mails a day need."""
    a = given or Assumptions()
    peak = mails_a_day / DAY_SECONDS * a.peak
    route = _processes(peak * costs.cpu_seconds["route"], a)
    partitions = ceil(max(2 * route, a.partition_step) / a.partition_step) * a.partition_step
    tickets = mails_a_day * costs.tickets * a.ticket_days
    disk = sum(_kept_bytes(topic, mails_a_day, tickets, costs, a) for topic in costs.disk_bytes) * a.copies
    cores = peak * costs.cpu_seconds["Kafka"] * a.copies / a.busy
    written = peak * sum(costs.disk_bytes.values())
    read = peak * sum(octets * READERS.get(topic, 0) for topic, octets in costs.disk_bytes.items())
    replicated = written * (a.copies - 1)
    brokers = max(
        a.copies,
        ceil(disk / a.broker_disk_bytes),
        ceil(cores / a.broker_cores),
        ceil((read + replicated) / (a.broker_network_bytes * a.busy)),
    )
    return Plan(
        mails_a_day=mails_a_day,
        peak_a_second=peak,
        smtp=_processes(peak * costs.cpu_seconds["smtp"], a),
        route=route,
        partitions=partitions,
        brokers=brokers,
        broker_cores=cores,
        disk_bytes=disk,
        in_bytes_a_second=written,
        out_bytes_a_second=read + replicated,
        tickets=tickets,
        redis_bytes=tickets * costs.ticket_bytes * a.memory,
        rebuild_seconds=tickets / partitions / a.rebuilt_tickets_a_second,
        index_bytes=mails_a_day * costs.index_bytes * _days_of_tags(),
        door_cores=peak * costs.cpu_seconds[WITH_THE_DOOR],
    )


def _processes(cores: float, a: Assumptions) -> int:
    """Two at least: one may go."""
    return max(2, ceil(cores / a.busy))


def _kept_bytes(name: str, mails_a_day: int, tickets: float, costs: Costs, a: Assumptions) -> float:
    """Of one copy. A compacted topic holds each ticket's last record, and what is too young to be compacted."""
    [topic] = [each for each in TOPICS if each.name == name]
    octets = costs.disk_bytes[name]
    if topic.keep is not None:
        return octets * mails_a_day * topic.keep.days
    young = topic.compaction_lag.days if topic.compaction_lag else 0
    return octets * (tickets * a.dirty + mails_a_day * young)


def _days_of_tags() -> int:
    kept = MESSAGES_PRIVACY_TAGGED.keep
    assert kept is not None, "tags are kept for a time"
    return kept.days


def costs_table(costs: Costs) -> str:
    """In Markdown."""
    rows = [
        ("a mail, octets", f"{costs.mail_bytes:,.0f}"),
        *((f"CPU of {name}, s", f"{1000 * cpu:.2f}") for name, cpu in costs.cpu_seconds.items()),
        *((f"`{topic}` on disk, MB", f"{size / 1000:.2f}") for topic, size in costs.disk_bytes.items()),
        ("all topics on disk, MB", f"{sum(costs.disk_bytes.values()) / 1000:.1f}"),
        ("into Redis, MB", f"{costs.redis_in_bytes / 1000:.2f}"),
        ("out of Redis, MB", f"{costs.redis_out_bytes / 1000:.2f}"),
        ("new tickets", f"{1000 * costs.tickets:.0f}"),
        ("a door's index, MB", f"{costs.index_bytes / 1000:.2f}"),
        ("Redis's memory for one ticket, octets", f"{costs.ticket_bytes:,.0f}"),
    ]
    return "\n".join(
        [costs.measured, "", "| 1,000 mails cost | |", "| --- | ---: |", *(f"| {a} | {b} |" for a, b in rows)]
    )


def plan_table(costs: Costs) -> str:
    """In Markdown, one column for each size."""
    plans = [plan_for(size, costs) for size in SIZES]
    rows = [
        ("at the peak, mails/s", [f"{p.peak_a_second:,.0f}" for p in plans]),
        ("`stellwerk smtp`, processes", [f"{p.smtp}" for p in plans]),
        ("`stellwerk work route`, processes", [f"{p.route}" for p in plans]),
        ("`work project price clock`, processes", ["2" for _ in plans]),
        ("partitions", [f"{p.partitions}" for p in plans]),
        ("brokers", [f"{p.brokers}" for p in plans]),
        ("cores of all brokers", [f"{p.broker_cores:,.0f}" for p in plans]),
        ("disk of all brokers, TB", [f"{p.disk_bytes / 1e12:,.1f}" for p in plans]),
        ("into the brokers at the peak, MB/s", [f"{p.in_bytes_a_second / 1e6:,.1f}" for p in plans]),
        ("out of them, copies included, MB/s", [f"{p.out_bytes_a_second / 1e6:,.1f}" for p in plans]),
        ("tickets kept, million", [f"{p.tickets / MILLION:,.0f}" for p in plans]),
        ("Redis's memory, GB", [f"{p.redis_bytes / 1e9:,.0f}" for p in plans]),
        ("a view's rebuild, s", [f"{p.rebuild_seconds:,.0f}" for p in plans]),
        ("cores of each door", [f"{p.door_cores:,.1f}" for p in plans]),
        ("disk of each door, TB", [f"{p.index_bytes / 1e12:,.1f}" for p in plans]),
    ]
    head = ["mails a day", *(f"{size // MILLION} million" for size in SIZES)]
    lines = [head, ["---", *("---:" for _ in SIZES)], *([name, *cells] for name, cells in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(document: str, costs: Costs) -> str:
    """The document with both tables as they must be."""
    return with_figures(with_figures(document, "costs", costs_table(costs)), "plan", plan_table(costs))


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8"), load_costs()))
