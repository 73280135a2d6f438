"""The log of work: one line each, ids only."""

from structlog.testing import capture_logs

from schemas.trace_context import TraceContext
from workers.adapters.work_log import WorkLog
from workers.work_ports import Place, Work

MAIL = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)


def test_a_delivery_has_one_line_for_each_stage() -> None:
    """With its ids, its place, what came of it, and the trace to look at."""
    work = Work(
        "route", "routed", {"delivery_id": "d1", "ticket_id": "T-1"}, Place("mail.inbound", 3, 7), MAIL
    )
    with capture_logs() as lines:
        WorkLog().done([work], 0.12345)
    assert [
        {
            "event": "work-done",
            "log_level": "info",
            "stage": "route",
            "outcome": "routed",
            "delivery_id": "d1",
            "ticket_id": "T-1",
            "topic": "mail.inbound",
            "partition": 3,
            "offset": 7,
            "trace_id": MAIL.trace_id,
            "seconds": 0.123,
        }
    ] == lines


def test_work_on_nothing_in_particular_has_no_line() -> None:
    """A mail as a whole has the lines of its deliveries."""
    with capture_logs() as lines:
        WorkLog().done([Work("receive", "accepted", trace=MAIL), Work("project", "written")], 0.1)
    assert [] == lines


def test_ids_made_by_others_are_cut() -> None:
    """A line has a bound."""
    with capture_logs() as lines:
        WorkLog().done([Work("route", "refused", {"command_id": "x" * 5000})], 0.0)
    assert 128 == len(lines[0]["command_id"])
