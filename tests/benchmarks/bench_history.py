"""What `stellwerk verify`, `policy diff` and `reroute` make of a long history: `python -m tests.benchmarks history`.

The commands themselves, on two cores, beside bare readers of the same records. `--scale 25` is a million decisions.
`tests.benchmarks.profile_history` shows where the time goes, without Kafka.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.bench_world import PARTITIONS, provision_place
from tests.benchmarks.command_run import Ran, ran
from tests.benchmarks.history_readers import JOBS
from tests.benchmarks.kept_story import Story, decided_story, write
from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.servers import Place, Servers
from workers.entrypoints.provision import SAMPLES

DECISIONS = 40_000
ROUNDS = 3
LONG = 5.0
"""A scale above which one round is enough: start and noise are small beside it."""

CLI = "workers.entrypoints.cli"
READ, PARSED = "records read", "records read and json.loads of each"


@dataclass(frozen=True, slots=True)
class _Lengths:
    """How often the story is told in each partition: first a tenth, then all."""

    tenth: range
    rest: range


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    """A tenth of the history is written and verified first: memory must not grow with the rest."""
    place = servers.place()
    asyncio.run(provision_place(place))
    story = asyncio.run(decided_story())
    lengths = _lengths(story, int(DECISIONS * scale))
    begun = write(place, story, lengths.tenth)
    small = _told("verify, a tenth", lambda: _verified(place, begun))
    decisions = begun + write(place, story, lengths.rest)
    candidate = _candidate(servers.directory)
    subjects: Mapping[str, Callable[[], Ran]] = {
        "verify": lambda: _verified(place, decisions),
        READ: lambda: ran(place, "tests.benchmarks.history_readers", str(PARTITIONS)),
        PARSED: lambda: ran(place, "tests.benchmarks.history_readers", str(PARTITIONS), "json"),
        "policy diff": lambda: _compared(place, candidate, decisions),
    }
    rounds = [
        {name: _told(name, subject) for name, subject in subjects.items()} for _ in range(_rounds(scale))
    ]
    runs = {name: [one[name] for one in rounds] for name in subjects}
    ran(
        place, CLI, "policy", "publish", str(candidate), "--actor", "admin", "--yes"
    )  # what reroute compares with
    runs["reroute"] = [_told("reroute", lambda: _planned(place, decisions)) for _ in rounds]
    return Findings(
        "history", _about(story, decisions, begun), [*_lines(runs, decisions), *_memory(runs, small)]
    )


def _told(name: str, subject: Callable[[], Ran]) -> Ran:
    """A million takes its time: say what is done."""
    run = subject()
    print(f"  {name}: {run.seconds:.1f} s, {run.cpu_seconds:.1f} s of CPU, {run.peak_mb:.0f} MB", flush=True)
    return run


def _lines(runs: Mapping[str, list[Ran]], decisions: int) -> list[Measured]:
    lines: list[Measured] = []
    for command in ("verify", "policy diff", "reroute"):
        speed, cost = _speeds(runs[command], decisions), _costs(runs[command], decisions)
        for name in (READ, PARSED):
            theirs = _speeds(runs[name], decisions)
            lines.append(Measured(command, "decisions/s", speed, name, theirs, True))
            lines.append(
                Measured(command, "µs of CPU each", cost, name, _costs(runs[name], decisions), False)
            )
        lines.append(Measured(command, "seconds in all", [run.seconds for run in runs[command]]))
    return lines


def _memory(runs: Mapping[str, list[Ran]], small: Ran) -> list[Measured]:
    tenth = [small.peak_mb] * len(runs["verify"])
    return [
        Measured(
            "verify",
            "MB, largest process",
            [r.peak_mb for r in runs["verify"]],
            "a tenth of it",
            tenth,
            False,
        ),
        *(
            Measured(name, "MB, largest process", [r.peak_mb for r in runs[name]])
            for name in ("policy diff", "reroute")
        ),
    ]


def _speeds(runs: list[Ran], decisions: int) -> list[float]:
    return [decisions / run.seconds for run in runs]


def _costs(runs: list[Ran], decisions: int) -> list[float]:
    return [1e6 * run.cpu_seconds / decisions for run in runs]


def _verified(place: Place, decisions: int) -> Ran:
    run = ran(place, CLI, "verify", "--jobs", str(JOBS), "--json")
    answer = json.loads(run.stdout)
    if (decisions, True) != (answer["same"], answer["holds"]):
        raise AssertionError(f"not what was written: {answer}")
    return run


def _compared(place: Place, candidate: Path, decisions: int) -> Ran:
    run = ran(place, CLI, "policy", "diff", str(candidate), "--jobs", str(JOBS), "--json")
    answer = json.loads(run.stdout)
    if (decisions, 0) != (answer["decisions"], answer["not_repeatable"]):
        raise AssertionError(f"not what was written: {answer}")
    return run


def _planned(place: Place, decisions: int) -> Ran:
    """A dry run of all tickets."""
    run = ran(place, CLI, "reroute", "--jobs", str(JOBS), "--json")
    answer = json.loads(run.stdout)
    if (decisions, 0) != (answer["decisions"], answer["not_repeatable"]):
        raise AssertionError(f"not what was written: {answer}")
    return run


def _candidate(directory: Path) -> Path:
    """The shipped policy with one free mail domain more: all is decided under both, and nothing changes."""
    path = directory / "candidate.yaml"
    text = (SAMPLES / "policy.yaml").read_text()
    path.write_text(text.replace("[gmail.com,", "[mail.test, gmail.com,", 1))
    return path


def _lengths(story: Story, decisions: int) -> _Lengths:
    tellings = max(2, round(decisions / story.decisions / PARTITIONS))
    tenth = max(1, tellings // 10)
    return _Lengths(range(tenth), range(tenth, tellings))


def _rounds(scale: float) -> int:
    return 1 if scale < 1 or scale > LONG else ROUNDS


def _about(story: Story, decisions: int, tenth: int) -> str:
    size = sum(len(record.value or b"") for record in story.records) / story.decisions
    return (
        f"{decisions:,} kept decisions in {PARTITIONS} partitions, {len(story.records) / story.decisions:.1f} records "
        f"with {size / 1000:.1f} kB each, by {JOBS} processes, with their start; Kafka runs on the same cores. Verify "
        "compares receipts, tickets, tags and SLA events; the candidate of policy diff and the live policy of reroute, "
        "a dry run, differ from what was live then, so each mail is decided twice. Memory is compared with "
        f"{tenth:,} decisions. The references read the same "
        "records with aiokafka in as many processes, and do nothing with them but that."
    )
