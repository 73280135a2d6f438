"""What the SMTP server tells of itself, as metrics. Fits `workers.adapters.smtp_observer.SmtpObserver`."""

from workers.adapters.prometheus_metrics import PrometheusMetrics

_REASON_LETTERS = 40


class SmtpMetrics:
    """Counts for the one SMTP server of a process."""

    def __init__(self, metrics: PrometheusMetrics) -> None:
        self._metrics = metrics
        self._add_accepted = metrics.adder("stellwerk_smtp_accepted_total")
        self._observe_seconds = metrics.observer("stellwerk_smtp_accept_seconds")
        self._observe_bytes = metrics.observer("stellwerk_smtp_message_bytes")

    def connected(self, open_connections: int) -> None:
        self._metrics.set("stellwerk_smtp_connections", open_connections)

    def disconnected(self, open_connections: int) -> None:
        self._metrics.set("stellwerk_smtp_connections", open_connections)

    def turned_away(self, reason: str) -> None:
        self._metrics.add("stellwerk_smtp_refused_connections_total", reason=_label(reason))

    def accepted(self, deliveries: int, size_bytes: int, seconds: float) -> None:
        self._add_accepted(deliveries)
        self._observe_seconds(seconds)
        self._observe_bytes(size_bytes)

    def refused(self, code: int, reason: str) -> None:
        self._metrics.add("stellwerk_smtp_refused_total", code=str(code), reason=_label(reason))


def _label(reason: str) -> str:
    """Reasons are closed words; should one not be, a label still can't grow without bound."""
    return reason[:_REASON_LETTERS]
