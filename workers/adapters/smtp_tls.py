"""The certificate that STARTTLS and implicit TLS show, taken anew when its files change."""

from __future__ import annotations

import ssl
from pathlib import Path

import structlog

from workers.errors import WrongConfiguration

_log = structlog.get_logger(__name__)


class ServerCertificate:
    """PEM files. Raises `WrongConfiguration` where they can't be read or don't belong together."""

    def __init__(self, certificate_file: str, key_file: str) -> None:
        self._files = (certificate_file, key_file)
        self._loaded = self._stamps()
        self.context = server_tls_context(certificate_file, key_file)

    def reload_if_changed(self) -> bool:
        """Whether new connections now show another certificate; open ones keep theirs.

        Files that can't be used, for instance half-way through being replaced, change nothing: that is logged, and
        they are tried again when they change again.
        """
        stamps = self._stamps()
        if stamps == self._loaded:
            return False
        self._loaded = stamps
        try:
            server_tls_context(*self._files)  # the context in use must never get one without the other
            self.context.load_cert_chain(*self._files)
        except (WrongConfiguration, OSError):
            _log.error("smtp-certificate-unusable")  # a trace would add nothing
            return False
        _log.info("smtp-certificate-changed")
        return True

    def _stamps(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(_stamp(Path(file)) for file in self._files)


def server_tls_context(certificate_file: str, key_file: str) -> ssl.SSLContext:
    """From PEM files. Raises `WrongConfiguration` where they can't be read or don't belong together."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate_file, key_file)
    except (OSError, ssl.SSLError) as error:
        raise WrongConfiguration(
            f"The certificate {certificate_file} with key {key_file} cannot be used: {error}. "
            "STELLWERK_SMTP__TLS_CERT and STELLWERK_SMTP__TLS_KEY name PEM files that belong together."
        ) from error
    return context


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written or replaced, behind symbolic links too (Kubernetes swaps these)."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
