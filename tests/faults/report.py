"""What a campaign says at its end."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from statistics import median

SHOWN = 200


@dataclass(slots=True)
class Outcome:
    """`recoveries`: seconds from the end of a round's last fault until mails sent after it were decided."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    slowest_kind: str = ""
    mails: int = 0
    deliveries: int = 0
    commands: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    stops: dict[str, float] = field(default_factory=dict)
    crashes: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def recovered(self, kinds: str, seconds: float) -> None:
        if seconds > max(self.recoveries, default=0.0):
            self.slowest_kind = kinds
        self.recoveries.append(seconds)

    def as_json(self) -> str:
        return json.dumps(
            {
                "seed": self.seed,
                "faults": sum(self.faults.values()),
                "faults_by_kind": dict(sorted(self.faults.items())),
                "moments_that_did_not_come": dict(self.missed),
                "recovery_seconds": {
                    "p50": round(median(self.recoveries), 2) if self.recoveries else None,
                    "max": round(max(self.recoveries, default=0.0), 2),
                    "slowest": self.slowest_kind,
                },
                "mails": self.mails,
                "deliveries": self.deliveries,
                "commands": self.commands,
                "answers": dict(self.answers),
                "stop_seconds": {name: round(took, 2) for name, took in self.stops.items()},
                "exits": self.crashes,
                "violations": len(self.violations),
                "first_violations": self.violations[:SHOWN],
            },
            indent=2,
        )
