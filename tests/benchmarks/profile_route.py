"""What routing costs without Kafka and Redis, and where: CPU µs per mail, and the functions that take most.

python -m tests.benchmarks.profile_route [MAILS]
"""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from config.policy_file import load_policy
from schemas.policy_events import PolicyVersion
from tests.benchmarks.bench_world import SIGNER, accepted_mails, grown_directory
from tests.support.fakes import FakeViewStore
from tests.support.fakes_mail import FakeBlobStore
from workers.adapters.mime_parser import parse_mail
from workers.entrypoints.provision import SAMPLES
from workers.ports import DirectoryPlace, InRecord, OutRecord
from workers.processors.directory_lookup import DirectoryLookup
from workers.processors.enrich import Enricher
from workers.processors.route import RouteDependencies, RouteLogic
from workers.routing.directory_index import derive
from workers.routing.policy_version import as_version

BATCH = 300
REPEAT = 5
SHOWN = 45


@dataclass
class _Policies:
    current: PolicyVersion

    async def refresh(self) -> None:
        """It is live already."""


class _OneLane:
    def of(self, ticket_id: str) -> int:
        return 0

    async def refresh(self) -> None:
        """Known already."""


class _Directory:
    async def place(self) -> DirectoryPlace:
        return DirectoryPlace("directory", 1)


@dataclass
class Tickets:
    fields: dict[str, bytes | None] = field(default_factory=dict)

    async def read(self, fields: Sequence[str]) -> list[bytes | None]:
        return [self.fields.get(name) for name in fields]


class _Silent:
    def decided(self, outcome: str, classification: str) -> None: ...
    def set_aside(self, stage: str, own_fault: bool) -> None: ...
    def forwarded(self) -> None: ...
    def commanded(self, kind: str, accepted: bool) -> None: ...
    def sla_told(self, kind: str, late: bool) -> None: ...


async def lane_logic() -> RouteLogic:
    directory, store = grown_directory(), FakeViewStore()
    await store.rebuild("directory", "t:1", derive({e.key: e.write() for e in directory.entities()}).items())
    policy = as_version(load_policy(SAMPLES / "policy.yaml", directory))
    needs = RouteDependencies(
        policies=_Policies(policy),
        directory=lambda: DirectoryLookup(store, _Directory()),
        enricher=Enricher(SIGNER, FakeBlobStore(), parse_mail),
        signer=SIGNER,
        prefix="",
        partitions=_OneLane(),
        observer=_Silent(),
    )
    logic = RouteLogic(0, needs)
    await logic.acquire()
    return logic


async def _route(records: Sequence[InRecord]) -> float:
    """All records through a lane that begins with no tickets; CPU seconds."""
    logic, tickets = await lane_logic(), Tickets()
    started = time.process_time()
    for at in range(0, len(records), BATCH):
        outcome = await logic.decide(records[at : at + BATCH], tickets)
        tickets.fields.update(outcome.view)
    return time.process_time() - started


def as_read(offset: int, record: OutRecord) -> InRecord:
    return InRecord(record.topic, 0, offset, 0, record.key, record.value, record.headers)


def main(mails: int = 3000) -> None:
    written = asyncio.run(accepted_mails(mails))
    records = [as_read(offset, record) for offset, record in enumerate(written)]
    runs = [1e6 * asyncio.run(_route(records)) / mails for _ in range(REPEAT)]
    print(f"CPU µs per mail: best {min(runs):.0f}, all {', '.join(f'{run:.0f}' for run in sorted(runs))}")
    profile = cProfile.Profile()
    profile.runcall(asyncio.run, _route(records))
    stats = pstats.Stats(profile).strip_dirs()
    stats.sort_stats("tottime").print_stats(SHOWN)
    stats.sort_stats("cumulative").print_stats(SHOWN)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
