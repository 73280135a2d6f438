"""Fixtures for all tests: the servers, and who may use the network."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from xdist.remote import Producer

from tests.support.handing_out import HandingOut, longest_first
from tests.support.java_console import fetch_kafka_tools, kept_tools
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.kafka_jars import kafka_jars

TESTS = Path(__file__).parent
LOOPBACK_ONLY = ["127.0.0.1", "::1", "localhost"]
WITHOUT_SOCKETS = ("unit", "architecture")
MARKED = ("integration", "e2e")

settings.load_profile("ci")  # the same examples each time; `--hypothesis-profile=default` looks for others


def pytest_configure() -> None:
    """What tests start is the same wherever they are started from.

    Commands print as wide as by default, and hear SIGINT, which a run in the background would hand on as ignored.
    They keep what they compile: hundreds of them would compile all of it again.
    """
    os.environ.pop("COLUMNS", None)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> HandingOut | None:
    """For `--dist loadfile`."""
    return HandingOut(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = longest_first(items)
    for item in items:
        directory = item.path.relative_to(TESTS).parts[0]
        if directory in WITHOUT_SOCKETS:
            item.add_marker(pytest.mark.disable_socket)
        else:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK_ONLY))
        if directory in MARKED:
            item.add_marker(directory)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch Kafka before tests begin, which may only reach loopback."""
    if any({"kafka", "secured"} & set(getattr(item, "fixturenames", ())) for item in session.items):
        kafka_jars()
    if any("kafka_tools" in getattr(item, "fixturenames", ()) for item in session.items):
        with contextlib.suppress(OSError):  # the fixture says so
            fetch_kafka_tools()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """One broker for the whole run. Tests keep apart by their `topic_prefix`."""
    server = EmbeddedKafka(tmp_path_factory.mktemp("broker"), short_lived=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def kafka_tools() -> Path:
    """The jar with Kafka's command-line tools in Java, which was fetched before tests began."""
    if not kept_tools().exists():
        pytest.skip(
            "NO KAFKA TOOLS: the Java console consumer is not tried; they are not to be had from Maven Central"
        )
    return kept_tools()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """One server for the whole run. Tests keep apart by their `topic_prefix`."""
    server = EmbeddedValkey(tmp_path_factory.mktemp("views"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def servers_running(request: pytest.FixtureRequest) -> None:
    """A fault test may leave a server down; the next test finds it up."""
    for name in ("kafka", "valkey"):
        if name in request.fixturenames:
            request.getfixturevalue(name).start()


@pytest.fixture
def topic_prefix() -> str:
    """Unique for each test: for names of topics, groups, transactional ids and keys in Valkey."""
    return f"t{uuid4().hex[:8]}."
