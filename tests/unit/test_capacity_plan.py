"""The capacity plan: what it computes, and that the document says the same."""

from dataclasses import replace

import pytest

from schemas.topics import TOPICS
from tests.benchmarks.capacity_costs import Costs, load_costs
from tests.benchmarks.capacity_plan import DOCUMENT, READERS, SIZES, Assumptions, plan_for, written

COSTS = Costs(
    mail_bytes=4000,
    cpu_seconds={"smtp": 0.001, "route": 0.002, "Kafka": 0.003, "project, price, clock": 0.001},
    disk_bytes={"mail.inbound": 6000, "tickets.state": 2000, "tickets.routed": 1000},
    redis_in_bytes=2000,
    redis_out_bytes=1000,
    tickets=0.5,
    ticket_bytes=2000,
    index_bytes=1000,
    measured="somewhere",
)
A_DAY = 8_640_000  # 100 a second


def test_processes_follow_the_peak() -> None:
    """300 mails a second at 2 ms each are 0.6 cores: one process that is as busy as it may be, and one to spare."""
    plan = plan_for(A_DAY, COSTS)
    assert pytest.approx(300) == plan.peak_a_second
    assert (2, 2) == (plan.smtp, plan.route)
    assert 10 == plan_for(10 * A_DAY, COSTS).route


def test_disk_follows_the_retention_of_the_topics() -> None:
    """90 days of mail, and the last state of each ticket, three times over."""
    inbound = 6000 * A_DAY * 90
    tickets = A_DAY * 0.5 * 30
    state = 2000 * tickets * 2
    routed = 1000 * (tickets * 2 + A_DAY * 7)
    assert pytest.approx(3 * (inbound + state + routed)) == plan_for(A_DAY, COSTS).disk_bytes


def test_a_small_installation_still_survives_the_loss_of_anything() -> None:
    """Three brokers, two of each service."""
    plan = plan_for(1000, COSTS)
    assert (3, 2, 2, 12) == (plan.brokers, plan.smtp, plan.route, plan.partitions)


@pytest.mark.parametrize("mails_a_day", SIZES)
def test_there_is_room_to_grow_without_more_partitions(mails_a_day: int) -> None:
    """Their number is for ever."""
    plan = plan_for(mails_a_day, load_costs())
    assert plan.partitions >= 2 * plan.route


def test_what_is_kept_longer_costs_more_memory() -> None:
    """And a longer rebuild."""
    month, year = (plan_for(A_DAY, COSTS, replace(Assumptions(), ticket_days=d)) for d in (30, 360))
    assert pytest.approx(12) == year.redis_bytes / month.redis_bytes
    assert pytest.approx(12) == year.rebuild_seconds / month.rebuild_seconds


def test_readers_and_costs_are_of_topics_that_there_are() -> None:
    """A renamed topic would be read by nobody."""
    names = {topic.name for topic in TOPICS}
    assert set(READERS) <= names
    assert set(load_costs().disk_bytes) <= names
    assert set(COSTS.cpu_seconds) <= set(load_costs().cpu_seconds)


def test_the_document_says_what_the_plan_computes() -> None:
    """Where this fails: python -m tests.benchmarks.capacity_plan."""
    document = DOCUMENT.read_text("utf-8")
    assert written(document, load_costs()) == document
