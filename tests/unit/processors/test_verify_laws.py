"""P3, field by field: no part of what was written can be another one unseen."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from schemas.topics import MESSAGES_PRIVACY_TAGGED, ROUTING_DECISIONS, TICKETS_ROUTED, TICKETS_SLA
from tests.support.recorded_history import RecordedHistory
from tests.support.routing_builders import MONDAY_NINE, SIGNER, a_command, a_mail
from workers.processors.policy_archive import read_policies
from workers.processors.verify import verify

INPUTS = ("source", "rights", "directory_version", "attempt", "supersedes", "decider_version")
"""Fields of a receipt that say what was decided on, and by what: deciding again takes them as they are."""

Path = tuple[str | int, ...]


async def a_history() -> RecordedHistory:
    """A ticket that is opened, answered, paused and resumed, and one more; nothing of it differs."""
    told = RecordedHistory()
    await told.live()
    await told.mail(a_mail(1))
    await told.mail(a_mail(2, received_at=MONDAY_NINE + timedelta(minutes=1)))
    await told.command(a_command("status", "waiting", at=MONDAY_NINE + timedelta(hours=1)))
    await told.mail(a_mail(3, received_at=MONDAY_NINE + timedelta(hours=2)))
    later = MONDAY_NINE + timedelta(hours=3)
    await told.mail(a_mail(4, ticket_id="T-000000000002", received_at=later))
    return told


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where a value is that is neither an object nor a list; empty ones are values."""
    if isinstance(value, dict | list) and value:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path


def another(value: Any) -> Any:
    """Of the same type, where it has others."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value.endswith("Z") and "T" in value:
            return value.replace("20", "21", 1)
        case str():
            return value + "x"
        case list():
            return ["x"]
        case dict():
            return {"x": "x"}
    return "x"


def changed(written: bytes, path: Path) -> bytes:
    """The value with another leaf, in the same form."""
    document = json.loads(written)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = another(place[path[-1]])
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


async def unseen(told: RecordedHistory, topic: str) -> list[tuple[int, Path]]:
    """Leaves of the topic's records that can be changed, and all decisions are still called the same."""
    policies, found, log = await read_policies(told.topics), [], told.topics.log(topic)
    for number, record in enumerate(list(log)):
        for path in leaves(json.loads(record.value or b"")):
            log[number] = record._replace(value=changed(record.value or b"", path))
            report = await verify(told.kept(), policies, SIGNER)
            if report.holds and report.same == report.decisions:
                found.append((number, path))
        log[number] = record
    return found


@pytest.mark.parametrize(
    "topic", [TICKETS_ROUTED, MESSAGES_PRIVACY_TAGGED, TICKETS_SLA], ids=lambda t: t.name
)
async def test_every_changed_field_of_an_event_is_found(topic: Any) -> None:
    """Tickets, tags and SLA events."""
    told = await a_history()
    assert (await verify(told.kept(), await read_policies(told.topics), SIGNER)).holds
    assert [] == await unseen(told, topic.name)


async def test_every_changed_field_of_a_receipt_is_found_but_for_its_inputs() -> None:
    """Every step of its explanation, and every field of the state before."""
    missed = await unseen(await a_history(), ROUTING_DECISIONS.name)
    assert [] == [(number, path) for number, path in missed if path[0] not in INPUTS]
