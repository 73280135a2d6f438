"""Who is told of each unit of work: the log always, a collector of traces where the settings say so."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from workers.adapters.work_log import WorkLog
from workers.entrypoints.installation import Installation
from workers.errors import WrongConfiguration
from workers.work_ports import Work, WorkObserver

if TYPE_CHECKING:
    from workers.adapters.otel_tracing import OtelTracing

_LAST_SPANS_SECONDS = 5.0


class _All:
    """`WorkObserver`: several of them."""

    def __init__(self, observers: Sequence[WorkObserver]) -> None:
        self._observers = observers

    def done(self, work: Sequence[Work], seconds: float) -> None:
        for observer in self._observers:
            observer.done(work, seconds)


def told(installation: Installation) -> Installation:
    """The same, with its work told. Raises `WrongConfiguration` for traces without the extra `traces`."""
    if not installation.settings.traces.enabled:
        return replace(installation, work=WorkLog())
    tracing = _tracing(installation)
    atexit.register(tracing.close, _LAST_SPANS_SECONDS)  # after the services' orderly stop
    return replace(installation, tracing=tracing, work=_All([WorkLog(), tracing]))


def _tracing(installation: Installation) -> OtelTracing:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        from workers.adapters.otel_tracing import OtelTracing
    except ImportError as error:
        raise WrongConfiguration(
            "STELLWERK_TRACES__ENABLED needs the extra `traces`: pip install 'stellwerk[traces]'"
        ) from error
    return OtelTracing(OTLPSpanExporter(), installation.metrics, version("stellwerk"))
