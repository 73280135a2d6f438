"""What an explanation says beside its receipts."""

from datetime import timedelta

from schemas.topics import DIRECTORY_ENTITIES
from tests.support.builders import TICKET_ID, a_directory
from tests.support.recorded_history import RecordedHistory
from tests.support.routing_builders import MONDAY_NINE, a_command, a_mail
from workers.entrypoints.explain_pages import clock_line, seen_by
from workers.processors.explain import Explanation, explain
from workers.processors.explain_around import Around, look_around
from workers.processors.viewers import users_in
from workers.routing.directory_index import derive
from workers.routing.ticket_differences import FieldChange


async def a_story() -> tuple[Explanation, Around]:
    """A mail to petr, which a person gave to jana an hour later; told an hour after that."""
    entities = list(a_directory().entities())
    told = RecordedHistory(users_in(derive({entity.key: entity.write() for entity in entities})))
    await told.live()
    for entity in entities:
        await told.topics.publish(DIRECTORY_ENTITIES, entity.key, entity)
    await told.mail(a_mail(1))
    await told.command(a_command("assign", "jana"))
    explanation = await explain(told.topics, TICKET_ID, limit=10)
    return explanation, await look_around(told.topics, explanation, MONDAY_NINE + timedelta(hours=2))


async def test_a_command_tells_what_it_changed_on_its_ticket() -> None:
    """From what to what; a first mail changed nothing, it made it."""
    explanation, around = await a_story()
    opened, assigned = explanation.decisions
    assert [] == list(around.changes(opened))
    assert FieldChange("handler", "petr", "jana") in list(around.changes(assigned))


async def test_who_sees_a_message_now_is_told() -> None:
    """P4: by the directory as it is; jana was made its handler, and that gives her no right."""
    _, around = await a_story()
    assert {f"{1:032x}": {"petr": "content"}} == around.seen_by
    assert around.as_json() == {"seen_by": around.seen_by}


async def test_sla_arithmetic_is_told_in_a_line() -> None:
    """R22: four open hours from Monday nine, of which two are gone."""
    _, around = await a_story()
    respond = clock_line(around.clocks[TICKET_ID][0]).plain
    assert "respond within PT4H: 2 h counted, due at 2026-03-02 13:00 UTC, 2 h of open time left" == respond


def test_who_only_may_know_that_a_mail_arrived_is_told_apart() -> None:
    """R42: of private mail."""
    assert "jana; that it arrived, no more: petr" == seen_by({"jana": "content", "petr": "existence"})
    assert "nobody" == seen_by({})
