"""Kafka's files through a proxy that inspects TLS, with its CA in the system's store or missing there."""

import gc
import warnings
from pathlib import Path

import pytest
from trustme import CA

from tests.support.inspecting_proxy import an_inspecting_proxy
from workers.adapters.kafka_jars import kafka_jars
from workers.errors import DependencyUnavailable


@pytest.fixture
def only_a_system_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """OpenSSL's store of this machine; nobody configured `requests`."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "store.pem"))
    return tmp_path / "store.pem"


def fetched_through(proxy: CA, cache: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """What is said in the end, and its details: the proxy has no file."""
    with an_inspecting_proxy(proxy) as address, monkeypatch.context() as patch:
        patch.setenv("HTTPS_PROXY", address)
        patch.setenv("https_proxy", address)
        with pytest.raises(DependencyUnavailable) as refused:
            kafka_jars(cache)
    said = str(refused.value), str(refused.value.detail)
    del refused
    _collect_connections()
    return said


def _collect_connections() -> None:
    """jgo leaves those that failed to the garbage collection: now, and not with a warning amid another test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_what_the_system_trusts_is_trusted(
    only_a_system_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy's CA stands in the system's store alone, so it comes to the answer that it gives."""
    proxy = CA()
    proxy.cert_pem.write_to_path(only_a_system_store)

    said, detail = fetched_through(proxy, tmp_path, monkeypatch)

    assert "no repository has it now" in detail
    assert "REQUESTS_CA_BUNDLE" not in said


def test_an_authority_that_nobody_trusts_is_named_as_the_reason(
    only_a_system_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to do about it."""
    CA().cert_pem.write_to_path(only_a_system_store)

    said, _ = fetched_through(CA(), tmp_path, monkeypatch)

    assert "REQUESTS_CA_BUNDLE" in said
