"""When the certificates end that SMTP shows."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from trustme import CA

from workers.adapters.certificate_end import WatchedCertificate, certificate_ends
from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.metrics import MetricName

MAY = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
JUNE = datetime(2031, 6, 1, 12, 0, tzinfo=UTC)
CAS = CA()


def written(directory: Path, ends: datetime, *, with_issuer: bool = False) -> tuple[Path, Path]:
    """A certificate of ours and its key, as files; the issuer behind it, as servers send it."""
    made = CAS.issue_cert("mx.acme.example", not_after=ends)
    files = directory / "tls.crt", directory / "tls.key"
    own = b"".join(blob.bytes() for blob in made.cert_chain_pems)
    files[0].write_bytes(own + (CAS.cert_pem.bytes() if with_issuer else b""))
    files[1].write_bytes(made.private_key_pem.bytes())
    return files


def shown(metrics: PrometheusMetrics) -> dict[str, float | None]:
    name: MetricName = "stellwerk_smtp_certificate_end_seconds"
    return {whose: metrics.value(name, certificate=whose) for whose in ("own", "issuer")}


def test_the_end_is_told_from_the_start(tmp_path: Path) -> None:
    """A file without issuers says nothing of them."""
    metrics = PrometheusMetrics()
    WatchedCertificate(*written(tmp_path, MAY), metrics)
    assert {"own": MAY.timestamp(), "issuer": None} == shown(metrics)


def test_a_new_certificate_brings_its_own_end(tmp_path: Path) -> None:
    """Without a restart; and an issuer that is no longer sent is no longer told."""
    metrics = PrometheusMetrics()
    certificate = WatchedCertificate(*written(tmp_path, MAY, with_issuer=True), metrics)
    assert shown(metrics)["issuer"]
    written(tmp_path, JUNE)
    certificate.look()
    assert {"own": JUNE.timestamp(), "issuer": None} == shown(metrics)


def test_files_that_are_not_taken_change_nothing(tmp_path: Path) -> None:
    """The old certificate is still the one that is shown."""
    metrics = PrometheusMetrics()
    certificate = WatchedCertificate(*written(tmp_path, MAY), metrics)
    key = (tmp_path / "tls.key").read_bytes()
    written(tmp_path, JUNE)
    (tmp_path / "tls.key").write_bytes(key)
    certificate.look()
    assert MAY.timestamp() == shown(metrics)["own"]


def test_of_several_issuers_the_first_end_counts() -> None:
    """Each of them is in the chain that a sender checks; a key in the same file is passed over."""
    own, *issuers = (
        CAS.issue_cert("mx.acme.example", not_after=end) for end in (JUNE, JUNE.replace(year=2030), MAY)
    )
    pem = own.private_key_pem.bytes() + b"".join(
        blob.bytes() for each in (own, *issuers) for blob in each.cert_chain_pems
    )
    assert {"own": JUNE.timestamp(), "issuer": JUNE.replace(year=2030).timestamp()} == certificate_ends(pem)


def test_a_file_without_a_certificate_is_an_error() -> None:
    """Of its reader, who goes on without the value."""
    with pytest.raises(ValueError, match="PEM"):
        certificate_ends(b"nothing")
