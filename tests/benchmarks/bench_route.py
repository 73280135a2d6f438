"""Routing throughput beside a loop that only passes records through, on aiokafka and on librdkafka.

python -m tests.benchmarks route
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.bench_world import PARTITIONS, accepted_mails, create_topics, prefill, provision_place
from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.meter import Run
from tests.benchmarks.recorded_outputs import Recipe, recorded
from tests.benchmarks.servers import Place, Servers
from workers.ports import OutRecord

MAILS = 10_000
ROUNDS = 5
REFERENCES = ("aiokafka", "librdkafka")


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    """A first run of ours gives the recipe. Each of ours has topics of its own: decisions read what was written."""
    records = asyncio.run(accepted_mails(max(4_000, int(MAILS * scale))))
    place = _stellwerk_place(servers, records)
    _run(place, "stellwerk", len(records))
    recipe = asyncio.run(recorded(place, PARTITIONS))
    path = servers.directory / "recipe"
    recipe.save(path)
    bare = _bare_place(servers, records)
    ours: list[Run] = []
    theirs: dict[str, list[Run]] = {name: [] for name in REFERENCES}
    for _ in range(ROUNDS if scale >= 1 else 2):
        ours.append(_run(_stellwerk_place(servers, records), "stellwerk", len(records)))
        for name in REFERENCES:
            theirs[name].append(_run(bare, name, len(records), path))
    return Findings("route", _about(records, recipe), _lines(ours, theirs))


def _lines(ours: Sequence[Run], theirs: dict[str, list[Run]]) -> list[Measured]:
    rates, costs = [run.per_second for run in ours], [run.cpu_us_each for run in ours]
    lines = []
    for name, runs in theirs.items():
        reference = f"{name} pass-through"
        lines.append(
            Measured("throughput", "mails/s", rates, reference, [run.per_second for run in runs], True)
        )
        lines.append(
            Measured("CPU per mail", "µs", costs, reference, [run.cpu_us_each for run in runs], False)
        )
    return lines


def _about(records: Sequence[OutRecord], recipe: Recipe) -> str:
    size = sum(len(record.value or b"") for record in records) / len(records)
    outputs, written = recipe.per_mail()
    return (
        f"One process works off {len(records):,} mails in {PARTITIONS} partitions ({size / 1000:.1f} kB each as a "
        f"record, {outputs:.1f} records with {written / 1000:.1f} kB out): parsing, look-ups in Redis, decision, one "
        "transaction per batch. The references read the same records and write the same number and bytes, "
        "deciding nothing."
    )


def _stellwerk_place(servers: Servers, records: Sequence[OutRecord]) -> Place:
    place = servers.place()
    asyncio.run(provision_place(place))
    asyncio.run(prefill(place, records))
    return place


def _bare_place(servers: Servers, records: Sequence[OutRecord]) -> Place:
    place = servers.place()
    asyncio.run(create_topics(place))
    asyncio.run(prefill(place, records))
    return place


def _run(place: Place, subject: str, mails: int, recipe: Path | None = None) -> Run:
    arguments = (subject, str(mails), *([str(recipe)] if recipe else []))
    ran = subprocess.run(
        (sys.executable, "-m", "tests.benchmarks.route_subjects", *arguments),
        check=True,
        stdout=subprocess.PIPE,
        env=place.env,
        text=True,
    )
    return Run(**json.loads(ran.stdout.splitlines()[-1]))
