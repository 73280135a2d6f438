"""A lane that takes up records again: once each, with the next attempt's receipt, and remembered in its view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from schemas import topics
from schemas.dead_letter import HEADER, DeadLetter
from schemas.decision import RoutingDecision
from schemas.mail import InboundMail, Source, Supersedes
from schemas.take_up import TakeUp
from schemas.ticket import RoutedTicket
from tests.support.shipped_examples import an_example
from tests.unit.processors.test_route import LANE, World, a_record, world
from workers.ports import BatchOutcome, InRecord
from workers.processors.take_up import REPAIRS, take_up_record

__all__ = ["world"]

MAIL, COMMANDS = topics.MAIL_INBOUND.name, topics.TICKETS_COMMANDS.name
_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def an_order(original: InRecord, action: str, attempt: int, offset: int = 50) -> InRecord:
    """As the lane reads it in mail.forwarded."""
    place = Source(topic=original.topic, partition=original.partition, offset=original.offset)
    order = TakeUp(
        action=action,
        record=place,
        source=place,
        attempt=attempt,
        supersedes=Supersedes(attempt=attempt - 1, outcome="dead-lettered") if attempt else None,
        timestamp_ms=original.timestamp_ms,
        actor="eva",
        at=_AT,
    )
    out = take_up_record(order, original)
    assert LANE == out.partition
    return InRecord(out.topic, LANE, offset, 0, out.key, out.value, out.headers)


def a_mail(offset: int = 7) -> InRecord:
    return a_record(MAIL, an_example(topics.MAIL_INBOUND), offset)


def receipts(outcome: BatchOutcome) -> Sequence[RoutingDecision]:
    written = [out for out in outcome.outputs if out.topic == topics.ROUTING_DECISIONS.name]
    return [RoutingDecision.read(out.value or b"") for out in written]


async def test_a_repaired_mail_gets_its_first_receipt_and_a_late_original_none(world: World) -> None:
    """Given an order for a lost mail, when the order comes twice and the mail after all, then one receipt."""
    mail = a_mail()
    once = await world.decide(an_order(mail, "repair", 0), an_order(mail, "repair", 0, 51))
    again = await world.decide(an_order(mail, "repair", 0, 52), mail)
    (receipt,) = receipts(once)
    assert ("routed", 0, 7, MAIL) == (
        receipt.outcome,
        receipt.attempt,
        receipt.source.offset,
        receipt.source.topic,
    )
    assert () == tuple(again.outputs)
    assert REPAIRS in world.tickets.fields


async def test_a_redriven_mail_is_late_and_names_what_it_supersedes(world: World) -> None:
    """Given a redrive, then its receipt is of attempt 1 and the ticket says late."""
    outcome = await world.decide(an_order(a_mail(), "redrive", 1))
    (receipt,) = receipts(outcome)
    assert (1, Supersedes(attempt=0, outcome="dead-lettered")) == (receipt.attempt, receipt.supersedes)
    routed = next(out for out in outcome.outputs if out.topic == topics.TICKETS_ROUTED.name)
    assert "late" in RoutedTicket.read(routed.value or b"").flags


async def test_what_fails_again_is_set_aside_with_one_more_attempt_and_spares_the_brake(world: World) -> None:
    """Given garbage redriven, then the dead letter counts on, and no own fault is counted."""
    garbage = a_record(MAIL, b"no JSON", 9)
    outcome = await world.decide(an_order(garbage, "redrive", 3))
    (receipt,) = receipts(outcome)
    assert ("dead-lettered", 3, 9) == (receipt.outcome, receipt.attempt, receipt.source.offset)
    letter = next(out for out in outcome.outputs if out.topic == topics.MAIL_DEAD_LETTER.name)
    assert 3 == DeadLetter.read(dict(letter.headers)[HEADER]).attempt
    assert b"no JSON" == letter.value
    assert [False] == list(outcome.own_faults)


async def test_a_discard_leaves_a_receipt_only(world: World) -> None:
    """Given a discard, then the receipt says who did it, and no ticket is touched."""
    outcome = await world.decide(an_order(a_mail(), "discard", 1))
    (receipt,) = receipts(outcome)
    assert "discarded" == receipt.outcome
    assert "eva" in receipt.reason
    assert InboundMail.read(a_mail().value or b"").delivery_id == receipt.delivery_id
    assert {topics.ROUTING_DECISIONS.name, topics.TICKETS_STATE.name} == {o.topic for o in outcome.outputs}


async def test_a_redriven_command_is_still_that_attempt_in_its_tickets_own_lane(world: World) -> None:
    """Given a command that failed in a lane not its ticket's, then the ticket's lane gives attempt 1's receipt."""
    command = an_example(topics.TICKETS_COMMANDS)
    first = a_record(COMMANDS, command.model_copy(update={"ticket_id": "T-ELSEWHERE000"}), 8)
    redriven = an_order(first, "redrive", 1)
    outcome = await world.decide(redriven, redriven._replace(offset=51))
    (sent_on,) = [out for out in outcome.outputs if out.topic == topics.MAIL_FORWARDED.name]
    assert (b"T-ELSEWHERE000", None) == (sent_on.key, sent_on.partition)
    assert [] == receipts(outcome)

    world.partitions.moved["T-ELSEWHERE000"] = LANE
    world.tickets.fields.clear()
    there = InRecord(sent_on.topic, LANE, 3, 0, sent_on.key, sent_on.value, sent_on.headers)
    (receipt,) = receipts(await world.decide(there, there._replace(offset=4)))
    place = Source(topic=COMMANDS, partition=LANE, offset=8)
    assert (place, 1, Supersedes(attempt=0, outcome="dead-lettered")) == (
        receipt.source,
        receipt.attempt,
        receipt.supersedes,
    )


async def test_an_order_that_is_not_whole_is_set_aside(world: World) -> None:
    """Given a header that does not validate, then the record becomes a dead letter of ours."""
    broken = InRecord(topics.MAIL_FORWARDED.name, LANE, 60, 0, b"T-1", b"{}", (("stellwerk_take_up", b"{}"),))
    outcome = await world.decide(broken)
    assert [True] == list(outcome.own_faults)
    assert ["dead-lettered"] == [receipt.outcome for receipt in receipts(outcome)]
