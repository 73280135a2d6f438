"""A downstream team gets a day again."""

from datetime import timedelta

import pytest

from schemas.cloudevents import header
from schemas.topics import TICKETS_ROUTED
from tests.support.recorded_history import RecordedHistory
from tests.support.routing_builders import MONDAY_NINE, a_mail
from workers.errors import InvalidInput
from workers.processors.kept_history import Period
from workers.processors.replay import HEADER, replay, replayable, target

DAY = timedelta(days=1)


async def a_history() -> RecordedHistory:
    """A ticket a day, three days."""
    told = RecordedHistory()
    await told.live()
    for day in range(3):
        mail = a_mail(day + 1, ticket_id=f"T-{day:012d}", received_at=MONDAY_NINE + day * DAY)
        await told.mail(mail)
    return told


async def test_a_day_is_written_again_with_the_same_ids() -> None:
    """Key, value and ids as they were; one header says that it is a replay, and of what."""
    told = await a_history()
    day = Period(MONDAY_NINE + DAY, MONDAY_NINE + 2 * DAY)

    written = await replay(TICKETS_ROUTED, target("billing.again"), day, told.topics, told.topics)

    [again] = told.topics.log("billing.again")
    original = told.topics.log(TICKETS_ROUTED.name)[1]
    assert 1 == written
    assert (original.key, original.value) == (again.key, again.value)
    assert header(original.headers, "ce_id") == header(again.headers, "ce_id")
    assert "tickets.routed-0-1" == header(again.headers, HEADER)


@pytest.mark.parametrize("name", ["mail.inbound", "mail.enriched", "tickets.state", "no.such.topic"])
def test_what_carries_content_is_never_replayed(name: str) -> None:
    """P5: the door stays guarded."""
    with pytest.raises(InvalidInput):
        replayable(name)


@pytest.mark.parametrize("name", ["tickets.routed", "tickets.commands", "mail.inbound"])
def test_nothing_is_replayed_into_our_own_topics(name: str) -> None:
    """Old revisions would look like new ones, old commands would be given again."""
    with pytest.raises(InvalidInput):
        target(name)
