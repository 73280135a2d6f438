"""What the routing worker tells, as metrics. Fits `workers.ports.RouteObserver`."""

from workers.adapters.prometheus_metrics import PrometheusMetrics


class RouteMetrics:
    """Counts decisions as they are made; a batch that is decided again after a fault counts again."""

    def __init__(self, metrics: PrometheusMetrics) -> None:
        self._metrics = metrics

    def decided(self, outcome: str, classification: str) -> None:
        del classification  # in the receipt
        self._metrics.add("stellwerk_decisions_total", outcome=outcome)

    def set_aside(self, stage: str, own_fault: bool) -> None:
        self._metrics.add("stellwerk_dead_letters_total", stage=stage, own_fault=str(own_fault).lower())

    def forwarded(self) -> None:
        self._metrics.add("stellwerk_decisions_total", outcome="forwarded")

    def commanded(self, kind: str, accepted: bool) -> None:
        del kind  # written by others: as a label it would have no bound
        self._metrics.add("stellwerk_decisions_total", outcome="applied" if accepted else "refused")

    def sla_told(self, kind: str, late: bool) -> None:
        self._metrics.add("stellwerk_sla_events_total", kind=kind, late=str(late).lower())
