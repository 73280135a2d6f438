"""What routing tells of each record, and which trace its events name."""

import pytest

from schemas import topics
from schemas.trace_context import TraceContext
from tests.support.shipped_examples import an_example
from tests.unit.processors.test_route import World, a_record, world
from workers.ports import InRecord
from workers.work_ports import Place

__all__ = ["world"]

WRITER = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)


def a_mail(traceparent: str = WRITER.write(), offset: int = 1041) -> InRecord:
    record = a_record("mail.inbound", an_example(topics.MAIL_INBOUND), offset)
    return record._replace(headers=(("traceparent", traceparent.encode()),))


async def test_all_events_of_a_decision_name_its_span(world: World) -> None:
    """A child of the span that wrote the mail, and the same one where the batch is decided again."""
    outcome = await world.logic.decide([a_mail()], world.tickets)
    again = await world.logic.decide([a_mail()], world.tickets)
    [work] = outcome.work
    assert work.trace is not None
    assert (WRITER, WRITER.trace_id) == (work.parent, work.trace.trace_id)
    assert {work.trace.write().encode()} == {
        dict(record.headers)["traceparent"] for record in outcome.outputs
    }
    assert list(outcome.outputs) == list(again.outputs)


async def test_each_record_is_told_once_with_its_ids_and_its_outcome(world: World) -> None:
    """Mail, command and what nobody can read."""
    command = an_example(topics.TICKETS_COMMANDS)
    outcome = await world.decide(
        a_mail(), a_record("tickets.commands", command, 7), a_record("tickets.commands", b"no JSON", 8)
    )
    mail, commanded, strange = outcome.work
    inbound = an_example(topics.MAIL_INBOUND)
    assert ("route", "routed", Place("mail.inbound", 2, 1041)) == (mail.stage, mail.outcome, mail.place)
    assert {"delivery_id": inbound.delivery_id, "ticket_id": inbound.ticket_id} == dict(mail.ids)
    assert {"command_id": command.command_id, "ticket_id": command.ticket_id} == dict(commanded.ids)
    assert "dead-lettered" == strange.outcome


@pytest.mark.parametrize("traceparent", ["", "From: jan@acme.test", f"00-{'0' * 32}-{'b' * 16}-01"])
async def test_a_strange_trace_is_not_handed_on(world: World, traceparent: str) -> None:
    """Others write commands; what they put into a header must not reach those who read our events."""
    outcome = await world.decide(a_mail(traceparent))
    assert {None} == {dict(record.headers).get("traceparent") for record in outcome.outputs}
    assert [None] == [work.parent for work in outcome.work]


async def test_a_null_header_stops_nothing(world: World) -> None:
    """Kafka allows it."""
    nothing: bytes = None  # type: ignore[assignment]
    outcome = await world.decide(a_mail()._replace(headers=(("traceparent", nothing),)))
    assert ["routed"] == [work.outcome for work in outcome.work]
