"""What is shown of a broker's log when it did not start."""

from pathlib import Path

from workers.adapters.kafka_failure_log import lost_a_port, why_it_failed

LOG = """\
2026-11-23 12:00:00,000 INFO KafkaConfig: values
2026-11-23 12:00:01,000 ERROR Kafka: Exiting Kafka due to fatal exception
java.net.BindException: Address already in use
\tat java.base/sun.nio.ch.Net.bind(Net.java:565)
2026-11-23 12:00:02,000 INFO BrokerServer: shut down completed
"""


def a_log(directory: Path, text: str) -> list[Path]:
    (directory / "broker.log").write_text(text)
    return [directory / "missing.log", directory / "broker.log"]


def test_errors_are_shown_without_what_surrounds_them(tmp_path: Path) -> None:
    """Hundreds of lines follow the one that matters."""
    shown = why_it_failed(a_log(tmp_path, LOG)).splitlines()

    assert LOG.splitlines()[1:3] == shown


def test_without_an_error_the_end_is_shown(tmp_path: Path) -> None:
    """A broker that hangs writes none."""
    assert "values" in why_it_failed(a_log(tmp_path, LOG.splitlines()[0]))


def test_a_lost_port_is_known_from_other_failures(tmp_path: Path) -> None:
    """Only that one is worth another try."""
    assert lost_a_port(a_log(tmp_path, LOG))
    assert not lost_a_port(a_log(tmp_path, "ERROR Kafka: No space left on device"))
