"""Keep what a version writes and reads, for ever: `python -m tests.compat.freeze 0.2.0`, with each release.

Writes `<version>.json.gz` beside this file: the JSON Schemas of all topics (what its readers took), values of its
records, and turns (a ticket as it lay in the view, and what met it). A file that is there is never written again.
"""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from schemas.topics import TOPICS
from tests.compat.written import story, written_values
from workers.processors.contract import json_schema

DIRECTORY = Path(__file__).parent
VALUES, TURNS = 60, 400


def kept_versions() -> list[Path]:
    return sorted(DIRECTORY.glob("*.json.gz"))


def load(path: Path) -> dict[str, Any]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def frozen() -> dict[str, Any]:
    """Spread over the whole story, not only its beginning."""
    turns = [turn for turn, _ in story()]
    return {
        "schemas": {topic.name: json_schema(topic) for topic in TOPICS},
        "values": {name: _spread(values, VALUES) for name, values in written_values().items()},
        "turns": [asdict(turn) for turn in _spread(turns, TURNS)],
    }


def _spread(values: list[Any], number: int) -> list[Any]:
    step = max(1, len(values) // number)
    return values[::step][:number]


def main(arguments: list[str]) -> None:
    [version] = arguments
    path = DIRECTORY / f"{version}.json.gz"
    if path.exists():
        raise SystemExit(f"{path.name} is there already: what a version was does not change.")
    text = json.dumps(frozen(), ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
