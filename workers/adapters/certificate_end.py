"""When the certificates end that SMTP shows, as a metric: senders who check them stop delivering on that day."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

import structlog

from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.adapters.smtp_tls import ServerCertificate
from workers.metrics import MetricName

_log = structlog.get_logger(__name__)

CERTIFICATES = ("own", "issuer")
_METRIC: MetricName = "stellwerk_smtp_certificate_end_seconds"


class WatchedCertificate:
    """A server's certificate whose end is told as `stellwerk_smtp_certificate_end_seconds`, anew with each new one.

    PEM files. Raises `WrongConfiguration` where they can't be read or don't belong together.
    """

    def __init__(self, certificate_file: Path, key_file: Path, metrics: PrometheusMetrics) -> None:
        self._file = certificate_file
        self._metrics = metrics
        self._certificate = ServerCertificate(str(certificate_file), str(key_file))
        self._show()

    @property
    def context(self) -> ssl.SSLContext:
        return self._certificate.context

    def look(self) -> None:
        """Take the files anew if they have changed."""
        if self._certificate.reload_if_changed():
            self._show()

    def _show(self) -> None:
        """What cannot be read here, OpenSSL did read: mail goes on, and it is logged."""
        try:
            ends = certificate_ends(self._file.read_bytes())
        except (OSError, ValueError):
            _log.error("smtp-certificate-end-unknown")  # a trace would add nothing
            ends = {}
        for whose in CERTIFICATES:
            if whose in ends:
                self._metrics.set(_METRIC, ends[whose], certificate=whose)
            else:
                self._metrics.forget(_METRIC, certificate=whose)


def certificate_ends(pem: bytes) -> Mapping[str, float]:
    """`notAfter` as Unix time, by whose it is; the own one stands first (RFC 8446 §4.4.2).

    Of several issuers the first end counts. A private key beside them is passed over. Raises `ValueError` where
    there is no certificate.
    """
    from cryptography.x509 import load_pem_x509_certificates  # a tenth of a second: only where TLS is on

    own, *issuers = (each.not_valid_after_utc.timestamp() for each in load_pem_x509_certificates(pem))
    return {"own": own} | ({"issuer": min(issuers)} if issuers else {})
