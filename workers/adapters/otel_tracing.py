"""Work as OpenTelemetry spans, sent by OTLP over HTTP. Where to and how many: the standard variables `OTEL_…`.

A span is made when its work is done, with the ids that its records name already: a batch that is decided twice
is one span. Spans are sent by a thread of the SDK. While its collector is away, or too slow, they are dropped and
counted (`stellwerk_trace_spans_total`); nothing else of ours waits for it or fails with it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from schemas.trace_context import TraceContext
from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.work_ports import Stage, Work

QUEUE_SPANS = 8192
"""About 8 MB at most. At 1,000 mails/s, three spans each, a collector may be away for two or three seconds."""

MAX_ID_CHARACTERS = 128
"""Command and order ids are made by others."""

_KINDS: dict[Stage, SpanKind] = {
    "receive": SpanKind.SERVER,
    "accept": SpanKind.PRODUCER,
    "clock": SpanKind.PRODUCER,
    "route": SpanKind.CONSUMER,
    "price": SpanKind.CONSUMER,
    "project": SpanKind.CONSUMER,
}
_BAD = frozenset({"deferred", "dead-lettered"})


class _GivenIds(IdGenerator):
    """The SDK's way to name spans by oneself."""

    def __init__(self) -> None:
        self.trace_id = 0
        self.span_id = 0

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self.span_id


class _Counted(SpanExporter):
    """Runs in the SDK's thread. `finished`: spans that left the queue, whatever came of them."""

    def __init__(self, exporter: SpanExporter, metrics: PrometheusMetrics) -> None:
        self._exporter = exporter
        self._metrics = metrics
        self.finished = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        finally:
            self.finished += len(spans)
            sent = result is SpanExportResult.SUCCESS
            outcome = "sent" if sent else "failed"
            self._metrics.add("stellwerk_trace_spans_total", len(spans), outcome=outcome)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


class OtelTracing:
    """`Tracing` and `WorkObserver`. For one thread, the event loop's."""

    def __init__(
        self,
        exporter: SpanExporter,
        metrics: PrometheusMetrics,
        version: str,
        *,
        queue_spans: int = QUEUE_SPANS,
        delay_seconds: float | None = None,
    ) -> None:
        # The SDK tells of each batch that failed, with the collector's words; the metric is enough.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._metrics = metrics
        self._exporter = _Counted(exporter, metrics)
        self._ids, self._random = _GivenIds(), RandomIdGenerator()
        self._provider = TracerProvider(
            resource=_resource(version), id_generator=self._ids, shutdown_on_exit=False
        )
        delay = None if delay_seconds is None else delay_seconds * 1000
        self._provider.add_span_processor(
            BatchSpanProcessor(self._exporter, max_queue_size=queue_spans, schedule_delay_millis=delay)
        )
        self._tracer = self._provider.get_tracer("stellwerk", version)
        self._queue_spans = queue_spans
        self._made = 0

    def begin(self) -> TraceContext:
        trace_id = f"{self._random.generate_trace_id():032x}"
        span_id = f"{self._random.generate_span_id():016x}"
        return TraceContext(trace_id, span_id, self._is_sampled(None, trace_id))

    def follow(self, parent: TraceContext | None, seed: str) -> TraceContext:
        """A record without a writer that we know begins a trace: the same one whenever it is read."""
        ids = parent.child(seed) if parent else TraceContext.derived(seed, sampled=False)
        return TraceContext(ids.trace_id, ids.span_id, self._is_sampled(parent, ids.trace_id))

    def done(self, work: Sequence[Work], seconds: float) -> None:
        ended_ns = time.time_ns()
        for each in work:
            trace_context = each.trace or self.begin()
            if not trace_context.sampled:
                continue
            if self._made - self._exporter.finished >= self._queue_spans:
                self._metrics.add("stellwerk_trace_spans_total", outcome="dropped")
                continue
            self._made += self._make(each, trace_context, ended_ns - int(seconds * 1e9), ended_ns)

    def close(self, within_seconds: float) -> None:
        """Send what is left. Blocks for as long at most; what is not sent then is lost."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(within_seconds)

    def _is_sampled(self, parent: TraceContext | None, trace_id: str) -> bool:
        result = self._provider.sampler.should_sample(_around(parent), int(trace_id, 16), "stellwerk")
        return result.decision is Decision.RECORD_AND_SAMPLE

    def _make(self, work: Work, ids: TraceContext, started_ns: int, ended_ns: int) -> bool:
        """Whether a span will be sent: not where OTEL_SDK_DISABLED is set."""
        self._ids.trace_id, self._ids.span_id = int(ids.trace_id, 16), int(ids.span_id, 16)
        span = self._tracer.start_span(
            f"{work.stage} {work.place.topic}" if work.place else work.stage,
            _around(work.parent),
            _KINDS[work.stage],
            _attributes(work),
            start_time=started_ns,
        )
        if not span.is_recording():
            return False
        if work.outcome in _BAD:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended_ns)
        return True


def _resource(version: str) -> Resource:
    """OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES beat our name."""
    given = Resource.create({"service.version": version})
    if str(given.attributes["service.name"]).startswith("unknown_service"):
        return given.merge(Resource({"service.name": "stellwerk"}))
    return given


def _around(parent: TraceContext | None) -> Context:
    """Explicitly empty without a parent: never what happens to be current."""
    if parent is None:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
    named = SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags)
    return trace.set_span_in_context(NonRecordingSpan(named), Context())


def _attributes(work: Work) -> dict[str, str | int]:
    """OpenTelemetry's names for messaging where it has some; else ids of ours."""
    ours = {f"stellwerk.{name}": value[:MAX_ID_CHARACTERS] for name, value in work.ids.items()}
    about: dict[str, str | int] = {"stellwerk.outcome": work.outcome, **ours}
    if work.place is not None:
        about |= {
            "messaging.system": "kafka",
            "messaging.operation.type": "process" if _KINDS[work.stage] is SpanKind.CONSUMER else "send",
            "messaging.destination.name": work.place.topic,
            "messaging.destination.partition.id": str(work.place.partition),
            "messaging.kafka.offset": work.place.offset,
        }
    return about
