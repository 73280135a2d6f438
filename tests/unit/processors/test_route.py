"""The routing use case, fed with the published examples: what each of its inputs writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from schemas import topics
from schemas.command import CommandResult
from schemas.dead_letter import HEADER, DeadLetter
from schemas.decision import RoutingDecision
from schemas.event import Event
from schemas.policy_events import PolicyVersion
from schemas.ticket import RoutedTicket, TicketState
from tests.support.example_story import SIGNER
from tests.support.example_world import DIRECTORY, POLICY
from tests.support.fakes import FakeViewStore
from tests.support.fakes_mail import FakeBlobStore
from tests.support.shipped_examples import an_example
from workers.adapters.mime_parser import parse_mail
from workers.errors import DependencyUnavailable
from workers.ports import BatchOutcome, DirectoryPlace, InRecord, OutRecord
from workers.processors.directory_lookup import DirectoryLookup
from workers.processors.enrich import Enricher
from workers.processors.route import RouteDependencies, RouteLogic
from workers.routing.directory_index import derive
from workers.routing.policy_version import as_version

LANE, DIRECTORY_VIEW = 2, "directory"


class _Policies:
    def __init__(self) -> None:
        self.current: PolicyVersion = as_version(POLICY)

    async def refresh(self) -> None:
        """It is live already."""


@dataclass
class _Partitions:
    moved: dict[str, int] = field(default_factory=lambda: {"T-ELSEWHERE000": 3})

    def of(self, ticket_id: str) -> int:
        return self.moved.get(ticket_id, LANE)

    async def refresh(self) -> None:
        """Known already."""


@dataclass
class _Directory:
    end: int = 11

    async def place(self) -> DirectoryPlace:
        return DirectoryPlace(DIRECTORY_VIEW, self.end)


@dataclass
class _Tickets:
    """A lane's view: what earlier batches wrote."""

    fields: dict[str, bytes] = field(default_factory=dict)

    async def read(self, fields: Sequence[str]) -> list[bytes | None]:
        return [self.fields.get(name) for name in fields]

    def keep(self, outcome: BatchOutcome) -> None:
        for name, value in outcome.view.items():
            if value is None:
                self.fields.pop(name, None)
            else:
                self.fields[name] = value


class _Silent:
    def decided(self, outcome: str, classification: str) -> None: ...
    def set_aside(self, stage: str, own_fault: bool) -> None: ...
    def forwarded(self) -> None: ...
    def commanded(self, kind: str, accepted: bool) -> None: ...
    def sla_told(self, kind: str, late: bool) -> None: ...


@dataclass
class World:
    logic: RouteLogic
    store: FakeViewStore
    partitions: _Partitions
    tickets: _Tickets = field(default_factory=_Tickets)

    async def decide(self, *records: InRecord) -> BatchOutcome:
        outcome = await self.logic.decide(records, self.tickets)
        self.tickets.keep(outcome)
        return outcome


@pytest.fixture
async def world() -> World:
    store = FakeViewStore()
    view = derive({entity.key: entity.write() for entity in DIRECTORY.entities()})
    await store.rebuild(DIRECTORY_VIEW, "owner:11", view.items())
    partitions = _Partitions()
    needs = RouteDependencies(
        policies=_Policies(),
        directory=lambda: DirectoryLookup(store, _Directory()),
        enricher=Enricher(SIGNER, FakeBlobStore(), parse_mail),
        signer=SIGNER,
        prefix="",
        partitions=partitions,
        observer=_Silent(),
    )
    logic = RouteLogic(LANE, needs)
    await logic.acquire()
    return World(logic, store, partitions)


def a_record(topic: str, event: Event | bytes | None, offset: int = 0) -> InRecord:
    value = event.write() if isinstance(event, Event) else event
    return InRecord(topic, LANE, offset, 1_772_444_000_000, b"T-KEY", value)


def written(outcome: BatchOutcome, topic: str) -> list[OutRecord]:
    return [record for record in outcome.outputs if record.topic == topic]


def the(model: type[Event], outcome: BatchOutcome, topic: str) -> Event:
    [record] = written(outcome, topic)
    return model.read(record.value or b"")


async def test_an_accepted_mail_is_written_as_mail_ticket_tag_state_sla_and_receipt(world: World) -> None:
    """DESIGN part 1: one delivery, one transaction, all of its events in the lane's own partition."""
    inbound = an_example(topics.MAIL_INBOUND)
    outcome = await world.decide(a_record("mail.inbound", inbound, 1041))
    assert sorted(
        [
            "mail.enriched",
            "messages.privacy-tagged",
            "routing.decisions",
            "tickets.routed",
            "tickets.sla",
            "tickets.state",
        ]
    ) == sorted(record.topic for record in outcome.outputs)
    assert {LANE} == {record.partition for record in outcome.outputs}
    assert [False] == list(outcome.own_faults)


async def test_the_published_examples_are_what_routing_writes(world: World) -> None:
    """The examples are no prose: the same input gives the same receipt and tag, bit for bit (P3)."""
    inbound = an_example(topics.MAIL_INBOUND)
    outcome = await world.decide(a_record("mail.inbound", inbound, 1041))
    receipt = the(RoutingDecision, outcome, "routing.decisions")
    assert an_example(topics.ROUTING_DECISIONS) == receipt
    [tag] = written(outcome, "messages.privacy-tagged")
    assert an_example(topics.MESSAGES_PRIVACY_TAGGED).write() == tag.value


async def test_mails_of_one_batch_see_the_tickets_as_those_before_left_them(world: World) -> None:
    """The same mail twice in one batch: routed, then duplicate."""
    inbound = an_example(topics.MAIL_INBOUND)
    outcome = await world.decide(a_record("mail.inbound", inbound, 1), a_record("mail.inbound", inbound, 2))
    receipts = [RoutingDecision.read(r.value or b"") for r in written(outcome, "routing.decisions")]
    assert ["routed", "duplicate"] == [receipt.outcome for receipt in receipts]
    assert [1, 2] == [receipt.source.offset for receipt in receipts]
    assert 1 == len(written(outcome, "tickets.routed"))


async def test_a_command_after_its_mail_makes_the_next_revision_and_is_answered(world: World) -> None:
    """A command is applied in its ticket's order."""
    inbound, command = an_example(topics.MAIL_INBOUND), an_example(topics.TICKETS_COMMANDS)
    outcome = await world.decide(
        a_record("mail.inbound", inbound, 1041), a_record("tickets.commands", command, 7)
    )
    ticket = RoutedTicket.read(written(outcome, "tickets.routed")[1].value or b"")
    result = the(CommandResult, outcome, "tickets.command-results")
    assert isinstance(result, CommandResult)
    assert (2, True) == (ticket.revision, result.accepted)
    state = TicketState.read(outcome.view[ticket.ticket_id] or b"")
    assert ticket == state.ticket


async def test_a_refused_claim_is_forwarded_and_has_its_receipt_where_it_is_decided(world: World) -> None:
    """P1: the receipt names the mail.inbound record, though another lane writes it."""
    inbound = an_example(topics.MAIL_INBOUND)
    await world.decide(a_record("mail.inbound", inbound, 1041))
    forwarded = an_example(topics.MAIL_FORWARDED)
    outcome = await world.decide(a_record("mail.forwarded", forwarded, 3))
    receipt = the(RoutingDecision, outcome, "routing.decisions")
    assert isinstance(receipt, RoutingDecision)
    assert forwarded.source == receipt.source
    ticket = the(RoutedTicket, outcome, "tickets.routed")
    assert isinstance(ticket, RoutedTicket)
    assert "thread_refused" in ticket.flags


async def test_a_command_of_another_lanes_ticket_is_passed_on_unchanged(world: World) -> None:
    """Written to the wrong partition by a downstream system: it reaches its ticket's lane."""
    command = an_example(topics.TICKETS_COMMANDS, ticket_id="T-ELSEWHERE000")
    outcome = await world.decide(a_record("tickets.commands", command))
    [passed] = outcome.outputs
    assert ("tickets.commands", b"T-ELSEWHERE000", None) == (passed.topic, passed.key, passed.partition)
    assert command.write() == passed.value


@pytest.mark.parametrize(
    ("topic", "own_fault"),
    [("mail.inbound", True), ("mail.forwarded", True), ("tickets.commands", False)],
)
@pytest.mark.parametrize("value", [None, b"", b"{", b"[1]", b'{"delivery_id": 7}', b"\xff" * 100])
async def test_what_does_not_validate_is_set_aside_with_its_receipt(
    world: World, topic: str, own_fault: bool, value: bytes | None
) -> None:
    """P8: raw bytes, reason, stage and source are kept; others' commands never count as our fault."""
    inbound = an_example(topics.MAIL_INBOUND)
    outcome = await world.decide(a_record(topic, value, 5), a_record("mail.inbound", inbound, 6))
    [letter] = written(outcome, "mail.dead-letter")
    told = DeadLetter.read(dict(letter.headers)[HEADER])
    assert (value, b"T-KEY") == (letter.value, letter.key)
    assert ("decode", topic, 5) == (told.stage, told.topic, told.offset)
    outcomes = [RoutingDecision.read(r.value or b"").outcome for r in written(outcome, "routing.decisions")]
    assert ["dead-lettered", "routed"] == outcomes, "the mail behind it is decided all the same"
    assert [own_fault, False] == list(outcome.own_faults)


async def test_an_invalid_command_is_answered_where_it_says_who_it_is(world: World) -> None:
    """Refused with a reason that the sender can read: an event, not silence."""
    value = b'{"command_id": "c-1", "ticket_id": "T-1", "kind": "severity"}'
    outcome = await world.decide(a_record("tickets.commands", value))
    result = the(CommandResult, outcome, "tickets.command-results")
    assert isinstance(result, CommandResult)
    assert ("c-1", "severity", False) == (result.command_id, result.kind, result.accepted)


async def test_a_directory_view_that_is_lost_or_older_than_seen_is_waited_for(world: World) -> None:
    """P6: a flushed or restored view is never read as "unknown sender"."""
    inbound = a_record("mail.inbound", an_example(topics.MAIL_INBOUND), 1041)
    await world.decide(inbound)
    await world.store.rebuild(DIRECTORY_VIEW, "zombie:10", [])
    with pytest.raises(DependencyUnavailable):
        await world.logic.decide([inbound], world.tickets)
    world.store.flush()
    with pytest.raises(DependencyUnavailable):
        await world.logic.decide([inbound], world.tickets)
