"""What every `Tracing` keeps: the real one, the one that traces nothing, and the tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from schemas.trace_context import TraceContext
from tests.support.fakes_work import FakeTracing
from workers.adapters.otel_tracing import OtelTracing
from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.work_ports import Tracing, Untraced

WRITER = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)


@pytest.fixture(params=["real", "none", "fake"])
def tracing(request: pytest.FixtureRequest) -> Iterator[Tracing]:
    made: dict[str, Tracing] = {"none": Untraced(), "fake": FakeTracing()}
    if request.param == "real":
        made["real"] = OtelTracing(InMemorySpanExporter(), PrometheusMetrics(), "1.2.3")
    yield made[request.param]
    made[request.param].close(10)


def test_a_new_trace_can_be_written_and_read(tracing: Tracing) -> None:
    """As the header of a record."""
    begun = tracing.begin()
    assert begun == TraceContext.read(begun.write())


def test_work_on_a_record_is_a_span_of_its_writers_trace(tracing: Tracing) -> None:
    """Kept where the writer keeps it, and the same whenever it is done again."""
    followed = tracing.follow(WRITER, "place")
    assert followed is not None
    assert (WRITER.trace_id, True) == (followed.trace_id, followed.sampled)
    assert WRITER.span_id != followed.span_id
    assert followed == tracing.follow(WRITER, "place")
    assert followed != tracing.follow(WRITER, "another place")


def test_a_record_of_nobody_has_a_whole_trace_or_none(tracing: Tracing) -> None:
    """The same whenever it is read."""
    followed = tracing.follow(None, "place")
    assert followed is None or followed == TraceContext.read(followed.write())
    assert followed == tracing.follow(None, "place")
