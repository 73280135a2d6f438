"""Commands over history that processes share: the same answers as by one of them, over a real Kafka."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.bench_world import provision_place
from tests.benchmarks.kept_story import decided_story, write
from tests.benchmarks.servers import Place, Servers
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.entrypoints.provision import SAMPLES


def answer(place: Place, *command: str) -> dict[str, Any]:
    """Of a command that ends with 0 or 1."""
    whole = (sys.executable, "-m", "workers.entrypoints.cli", *command, "--json")
    ran = subprocess.run(whole, env=place.env, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode in (0, 1), ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.fixture
def servers(kafka: EmbeddedKafka, valkey: EmbeddedValkey, tmp_path: Path) -> Servers:
    return Servers(kafka, valkey, tmp_path)


async def test_several_processes_find_what_one_finds(servers: Servers, tmp_path: Path) -> None:
    """Every decision of every partition, the tickets that a changed handler makes others, and their re-routing."""
    place = servers.place()
    await provision_place(place)
    decisions = write(place, await decided_story(60), range(1))
    candidate = tmp_path / "candidate.yaml"
    text = (SAMPLES / "policy.yaml").read_text("utf-8")
    candidate.write_text(text.replace("helpdesk: {handler: petr,", "helpdesk: {handler: eva,"), "utf-8")

    verified = answer(place, "verify", "--jobs", "2")
    alone = answer(place, "policy", "diff", str(candidate), "--jobs", "1")
    shared = answer(place, "policy", "diff", str(candidate), "--jobs", "2")

    assert (True, decisions) == (verified["holds"], verified["same"])
    assert alone == shared
    assert shared["decisions"] == decisions
    assert shared["changed_tickets"] > 0

    answer(place, "policy", "publish", str(candidate), "--actor", "admin", "--yes")
    plans = [answer(place, "reroute", "--jobs", jobs) for jobs in ("1", "2")]

    assert plans[0] == plans[1]
    assert (decisions, shared["changed_tickets"]) == (plans[1]["decisions"], plans[1]["changed_tickets"])
