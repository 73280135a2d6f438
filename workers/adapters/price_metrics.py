"""What the pricing worker tells, as metrics. Fits `workers.ports.OrderObserver`."""

from workers.adapters.prometheus_metrics import PrometheusMetrics


class PriceMetrics:
    """Counts orders as they are priced; a batch that is priced again after a fault counts again."""

    def __init__(self, metrics: PrometheusMetrics) -> None:
        self._metrics = metrics

    def priced(self, completely: bool) -> None:
        self._metrics.add("stellwerk_orders_total", outcome="priced" if completely else "unpriced")

    def set_aside(self, stage: str, own_fault: bool) -> None:
        self._metrics.add("stellwerk_dead_letters_total", stage=stage, own_fault=str(own_fault).lower())
