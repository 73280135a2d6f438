"""What a mail costs, as measured: the figures that the capacity plan is computed from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

COSTS = Path(__file__).with_name("capacity.json")


@dataclass(frozen=True, slots=True)
class Costs:
    """Per mail (one delivery), of the mix of tests/benchmarks/mail_load.py.

    `cpu_seconds`: by process, of one core. `disk_bytes`: by topic, of one copy, as it lies in the broker's log.
    `redis_in_bytes`, `redis_out_bytes`: what Redis reads from and writes to its clients. `tickets`: new tickets.
    `ticket_bytes`: of Redis's memory, one ticket. `index_bytes`: of a door's index on disk.
    `measured`: when, where and with what.
    """

    mail_bytes: float
    cpu_seconds: Mapping[str, float]
    disk_bytes: Mapping[str, float]
    redis_in_bytes: float
    redis_out_bytes: float
    tickets: float
    ticket_bytes: float
    index_bytes: float
    measured: str

    def save(self, path: Path = COSTS) -> None:
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")


def load_costs(path: Path = COSTS) -> Costs:
    """The last that were measured in full."""
    return Costs(**json.loads(path.read_text("utf-8")))
