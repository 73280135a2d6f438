"""One ticket is decided under versions in the order in which they went live, whichever worker has it."""

from __future__ import annotations

from schemas import topics
from schemas.policy_events import PolicyVersion
from schemas.ticket import RoutedTicket
from tests.support.example_story import SIGNER
from tests.support.example_world import DIRECTORY, POLICY
from tests.support.fakes import FakeViewStore
from tests.support.fakes_mail import FakeBlobStore
from tests.support.shipped_examples import an_example
from tests.unit.processors.test_route import (
    DIRECTORY_VIEW,
    LANE,
    World,
    _Directory,
    _Partitions,
    _Silent,
    _Tickets,
    a_record,
    written,
)
from workers.adapters.mime_parser import parse_mail
from workers.processors.directory_lookup import DirectoryLookup
from workers.processors.enrich import Enricher
from workers.processors.route import RouteDependencies, RouteLogic
from workers.routing.directory_index import derive
from workers.routing.policy_version import as_version

OLD = as_version(POLICY)
NEW = as_version(POLICY.model_copy(update={"free_mail_domains": ("another.test",)}))


class Activations:
    """What has gone live, and how far one worker has read of it."""

    def __init__(self, live: list[PolicyVersion]) -> None:
        self._live = live
        self.current = live[-1]

    async def refresh(self) -> None:
        self.current = self._live[-1]


async def a_worker(live: list[PolicyVersion], tickets: _Tickets) -> World:
    """With a view of its own; `tickets` are those of the partition, whoever has it."""
    store = FakeViewStore()
    await store.rebuild(
        DIRECTORY_VIEW, "owner:11", derive({e.key: e.write() for e in DIRECTORY.entities()}).items()
    )
    needs = RouteDependencies(
        policies=Activations(live),
        directory=lambda: DirectoryLookup(store, _Directory()),
        enricher=Enricher(SIGNER, FakeBlobStore(), parse_mail),
        signer=SIGNER,
        prefix="",
        partitions=_Partitions(),
        observer=_Silent(),
    )
    return World(RouteLogic(LANE, needs), store, _Partitions(), tickets)


def versions(outcome: object) -> list[str]:
    tickets = written(outcome, "tickets.routed")  # type: ignore[arg-type]
    return [RoutedTicket.read(record.value or b"").policy_version for record in tickets]


async def test_who_takes_over_a_partition_first_reads_what_went_live() -> None:
    """Given a ticket decided by the new version, then a worker that knew only the old one decides it by the new one."""
    live, tickets = [OLD], _Tickets()
    ahead, behind = await a_worker(live, tickets), await a_worker(live, tickets)
    live.append(NEW)
    await ahead.logic.acquire()
    first = await ahead.decide(a_record("mail.inbound", an_example(topics.MAIL_INBOUND), 1041))

    await behind.logic.acquire()
    second = await behind.decide(a_record("tickets.commands", an_example(topics.TICKETS_COMMANDS), 7))

    assert [NEW.version] == versions(first) == versions(second)


async def test_one_batch_is_decided_under_one_version() -> None:
    """Given a version that goes live between two batches, then the first ends by the old one."""
    live = [OLD]
    worker = await a_worker(live, _Tickets())
    await worker.logic.acquire()
    first = await worker.decide(a_record("mail.inbound", an_example(topics.MAIL_INBOUND), 1041))
    live.append(NEW)
    await worker.logic._needs.policies.refresh()
    second = await worker.decide(a_record("tickets.commands", an_example(topics.TICKETS_COMMANDS), 7))

    assert [[OLD.version], [NEW.version]] == [versions(first), versions(second)]
