"""Work as spans: which, with which ids, and what happens when nobody takes them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from opentelemetry.trace.status import StatusCode

from schemas.trace_context import TraceContext
from workers.adapters.otel_tracing import OtelTracing
from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.work_ports import Place, Work

MAIL = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)
PLACE = Place("mail.inbound", 3, 1041)


class _Away(SpanExporter):
    """Breaks, as a collector does that is away."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        raise ConnectionError(len(spans))

    def shutdown(self) -> None: ...


class _Slow(InMemorySpanExporter):
    """Takes nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.goes_on.wait(30)
        return super().export(spans)


@contextmanager
def tracing_to(exporter: SpanExporter, **options: int) -> Iterator[tuple[OtelTracing, PrometheusMetrics]]:
    """Its thread is gone afterwards."""
    metrics = PrometheusMetrics()
    tracing = OtelTracing(exporter, metrics, "1.2.3", delay_seconds=0.01, **options)
    yield tracing, metrics
    tracing.close(10)


def spans_of(*work: Work, seconds: float = 0.0) -> list[ReadableSpan]:
    exporter = InMemorySpanExporter()
    with tracing_to(exporter) as (tracing, _):
        tracing.done(work, seconds)
    return list(exporter.get_finished_spans())


def test_a_span_has_the_ids_that_the_records_name() -> None:
    """So a downstream system's span is a child of the decision that it was told of."""
    own = MAIL.child("decided")
    ids = {"delivery_id": "d" * 32, "ticket_id": "T-ABCDEFGHJKLM"}
    [span] = spans_of(Work("route", "routed", ids, PLACE, own, MAIL), seconds=0.25)
    assert span.context is not None
    assert span.parent is not None
    assert own.trace_id == f"{span.context.trace_id:032x}"
    assert (own.span_id, MAIL.span_id) == (f"{span.context.span_id:016x}", f"{span.parent.span_id:016x}")
    assert ("route mail.inbound", SpanKind.CONSUMER) == (span.name, span.kind)
    assert {
        "stellwerk.delivery_id": "d" * 32,
        "stellwerk.ticket_id": "T-ABCDEFGHJKLM",
        "stellwerk.outcome": "routed",
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.destination.name": "mail.inbound",
        "messaging.destination.partition.id": "3",
        "messaging.kafka.offset": 1041,
    } == dict(span.attributes or {})
    assert 250_000_000 == (span.end_time or 0) - (span.start_time or 0)


def test_resource_and_scope_name_the_product() -> None:
    """OTEL_SERVICE_NAME says otherwise."""
    [span] = spans_of(Work("receive", "accepted", trace=MAIL))
    assert ("stellwerk", "1.2.3") == (
        span.resource.attributes["service.name"],
        span.resource.attributes["service.version"],
    )


def test_the_operator_names_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """As every OpenTelemetry program does."""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "mail-door")
    [span] = spans_of(Work("receive", "accepted", trace=MAIL))
    assert "mail-door" == span.resource.attributes["service.name"]


def test_a_trace_that_nobody_keeps_is_not_sent() -> None:
    """The sampled flag of the record decides."""
    dropped = TraceContext(MAIL.trace_id, MAIL.span_id, sampled=False)
    assert [] == spans_of(Work("route", "routed", {}, PLACE, dropped.child("x"), dropped))


@pytest.mark.parametrize(("sampler", "kept"), [("always_off", False), ("always_on", True)])
def test_the_standard_sampler_decides_of_new_traces(
    monkeypatch: pytest.MonkeyPatch, sampler: str, kept: bool
) -> None:
    """And the records say so: OTEL_TRACES_SAMPLER."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    with tracing_to(InMemorySpanExporter()) as (tracing, _):
        assert kept == tracing.begin().sampled
        assert kept == tracing.follow(None, "a record of others").sampled


def test_by_default_the_writer_of_a_record_decides() -> None:
    """`parentbased_always_on`."""
    kept, dropped = MAIL, TraceContext(MAIL.trace_id, MAIL.span_id, sampled=False)
    with tracing_to(InMemorySpanExporter()) as (tracing, _):
        assert (True, False) == (tracing.follow(kept, "x").sampled, tracing.follow(dropped, "x").sampled)
        assert kept.child("x") == tracing.follow(kept, "x")
        assert tracing.follow(None, "x") == tracing.follow(None, "x")


def test_failures_are_marked() -> None:
    """What was set aside, and what its sender must try again."""
    spans = spans_of(
        Work("route", "dead-lettered", {}, PLACE, MAIL.child("a"), MAIL),
        Work("receive", "deferred", trace=MAIL.child("b")),
        Work("route", "suppressed", {}, PLACE, MAIL.child("c"), MAIL),
    )
    assert [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET] == [s.status.status_code for s in spans]


def test_ids_made_by_others_are_cut() -> None:
    """A command's id has no bound of its own."""
    [span] = spans_of(Work("route", "accepted", {"command_id": "x" * 5000}, PLACE, MAIL.child("a"), MAIL))
    assert 128 == len(str((span.attributes or {})["stellwerk.command_id"]))


def test_a_collector_that_is_away_costs_spans_and_nothing_else() -> None:
    """Counted, never raised."""
    with tracing_to(_Away()) as (tracing, metrics):
        tracing.done([Work("receive", "accepted", trace=MAIL)] * 3, 0.0)
        tracing.close(10)
    assert 3 == metrics.value("stellwerk_trace_spans_total", outcome="failed")


def test_the_sdks_own_switch_turns_spans_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """OTEL_SDK_DISABLED: nothing is sent, and nothing waits for ever to be."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    exporter = InMemorySpanExporter()
    with tracing_to(exporter, queue_spans=512) as (tracing, metrics):
        tracing.done([Work("receive", "accepted", trace=MAIL)] * 700, 0.0)
        assert metrics.value("stellwerk_trace_spans_total", outcome="dropped") is None
    assert () == exporter.get_finished_spans()


def test_what_waits_for_a_slow_collector_is_bounded() -> None:
    """What comes above is dropped and counted; what waits is sent when it is back."""
    exporter = _Slow()
    with tracing_to(exporter, queue_spans=512) as (tracing, metrics):
        tracing.done([Work("receive", "accepted", trace=MAIL)] * 700, 0.0)
        assert 188 == metrics.value("stellwerk_trace_spans_total", outcome="dropped")
        exporter.goes_on.set()
        tracing.close(10)
        assert 512 == metrics.value("stellwerk_trace_spans_total", outcome="sent")
    assert 512 == len(exporter.get_finished_spans())
