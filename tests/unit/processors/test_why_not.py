"""What `why-not` finds in the topics, and answers."""

from typing import Any

import pytest

from schemas.directory import Directory
from schemas.topics import DIRECTORY_ENTITIES
from tests.support.builders import TICKET_ID, a_directory
from tests.support.recorded_history import RecordedHistory
from tests.support.routing_builders import MONDAY_NINE, PERSONAL, SIGNER, a_command, a_mail
from workers.errors import InvalidInput
from workers.processors.viewers import users_in
from workers.processors.why_not import why_not
from workers.processors.why_not_answer import Asked, WhyNot
from workers.routing.directory_index import derive


async def a_history(directory: Directory | None = None, **mail: Any) -> RecordedHistory:
    """One mail, in the directory that fits the policy."""
    entities = list((directory or a_directory()).entities())
    told = RecordedHistory(users_in(derive({entity.key: entity.write() for entity in entities})))
    await told.live()
    for entity in entities:
        await told.topics.publish(DIRECTORY_ENTITIES, entity.key, entity)
    await told.mail(a_mail(1, **mail))
    return told


async def asked(told: RecordedHistory, field: str, value: str, id_: str = TICKET_ID) -> WhyNot:
    found = await why_not(told.topics, id_, Asked(field, value), SIGNER, MONDAY_NINE)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("field", "value", "where", "what"),
    [
        ("handler", "eva", "policy", "groups.key-accounts.processes.helpdesk: {handler: eva}"),
        ("handler", "eva", "ticket", f"stellwerk command {TICKET_ID} assign eva --actor petr"),
        ("area", "helpdesk", "policy", "groups.key-accounts.processes.helpdesk: {area: helpdesk}"),
        ("level", "gold", "ticket", f"stellwerk command {TICKET_ID} severity critical --actor petr"),
        ("viewer", "eva", "directory", "user_groups.second-level.members: also eva"),
    ],
)
async def test_single_changes_are_told_where_they_are_made(
    field: str, value: str, where: str, what: str
) -> None:
    """R10 R15 R20 R22 R5: in the words of the files, or as a command to type."""
    found = await asked(await a_history(), field, value)
    assert ((where, what),) in found.changes
    assert not found.given


async def test_what_is_given_needs_no_change() -> None:
    """Handler, group and viewer as they are."""
    told = await a_history()
    for field, value in (("handler", "petr"), ("group", "key-accounts"), ("viewer", "petr")):
        found = await asked(told, field, value)
        assert (True, ()) == (found.given, found.changes)


async def test_a_group_is_joined() -> None:
    """R3: by the person or by the company."""
    found = await asked(await a_history(groups=()), "group", "key-accounts")
    assert (("directory", "contact_groups.key-accounts.members: also p-jan"),) in found.changes


async def test_private_mail_is_opened_by_its_recipient_only() -> None:
    """R42: rights are not enough."""
    directory = a_directory(
        address_books={
            "customers": {"rights": {"petr": "reader", "jana": "reader"}},
            "inbox": {},
            "board": {},
        }
    )
    told = await a_history(directory, mailbox=PERSONAL)
    found = await asked(told, "viewer", "petr")
    lift = f"stellwerk command {TICKET_ID} private false --actor jana --delivery {1:032x}"
    assert not found.given
    assert found.changes
    assert all(("ticket", lift) in each for each in found.changes)


async def test_the_tickets_commands_are_tried_on_the_ticket_of_now() -> None:
    """After a person assigned it, the policy's answer is still that of the first mail."""
    told = await a_history()
    await told.command(a_command("assign", "eva"))
    found = await asked(told, "handler", "eva")
    assert {"policy"} == {where for each in found.changes for where, _ in each}
    assert (False, True) == (found.given, found.now)
    before = await asked(told, "handler", "petr")
    assert (True, False) == (before.given, before.now)


async def test_an_unknown_name_is_a_wrong_question() -> None:
    """Not a no."""
    told = await a_history()
    for field in ("group", "handler", "area", "level", "viewer"):
        with pytest.raises(InvalidInput, match=r"'nobody'\. Known are"):
            await asked(told, field, "nobody")


async def test_an_unknown_id_is_answered_with_nothing() -> None:
    """Not decided yet, or no longer kept."""
    told = await a_history()
    assert await why_not(told.topics, "T-999999999999", Asked("area", "x"), SIGNER, MONDAY_NINE) is None
