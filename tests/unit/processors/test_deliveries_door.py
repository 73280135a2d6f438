"""Who gets what through the one guarded door, and when it stays shut."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.access import Requires
from schemas.delivery_door import SeenMessage, SeenStub
from schemas.directory_view import ResolvedUser
from tests.support.door_world import (
    ABSENT,
    DELIVERY,
    KEPT_UNTIL,
    REQUIRES,
    DoorWorld,
    a_guarded_message,
    a_reader,
)
from workers.errors import DependencyUnavailable
from workers.routing.message_access import access_to

IDS = st.sampled_from(["a", "b", "c"])
SETS = st.lists(IDS, max_size=2).map(tuple)
REQUIREMENTS = st.builds(Requires, address_books=SETS, areas=SETS, user_groups=SETS)
RIGHTS = st.dictionaries(IDS, st.sampled_from([("reader",), ("actor",), ("manager",), ()]))
VIEWERS = st.builds(
    lambda books, areas, groups: ResolvedUser(
        user_id="petr", address_books=books, areas=areas, user_groups=groups
    ),
    RIGHTS,
    RIGHTS,
    SETS,
)


async def test_a_reader_gets_the_message_and_its_mail() -> None:
    """All requirements are met."""
    world = await DoorWorld(a_guarded_message(), a_reader("petr")).publish()
    seen = await world.door.look(DELIVERY, "petr")
    assert isinstance(seen, SeenMessage)
    assert ("content", REQUIRES) == (seen.verdict, seen.requires)
    assert world.mail == await world.door.open(DELIVERY, "petr")


async def test_a_private_message_is_a_stub_for_all_but_its_recipient() -> None:
    """R42: that it arrived, from whom and for whom; the mail is not even fetched."""
    message = a_guarded_message(private_to="jana")
    world = await DoorWorld(message, a_reader("petr"), a_reader("jana")).publish()
    stub = await world.door.look(DELIVERY, "petr")
    assert isinstance(stub, SeenStub)
    assert {"verdict", "delivery_id", "received_at", "contact_id", "recipient"} == stub.model_dump().keys()
    assert "existence" == await world.door.open(DELIVERY, "petr")
    assert "mail" not in world.asked
    assert world.mail == await world.door.open(DELIVERY, "jana")


@pytest.mark.parametrize("viewer", ["stranger", "olga"])
async def test_others_learn_nothing(viewer: str) -> None:
    """R5: neither a user without rights nor somebody who is no user."""
    world = await DoorWorld(a_guarded_message(), ResolvedUser(user_id="olga")).publish()
    assert (None, "nothing") == (
        await world.door.look(DELIVERY, viewer),
        await world.door.open(DELIVERY, viewer),
    )


@given(
    ticket=REQUIREMENTS, own=REQUIREMENTS, private_to=st.sampled_from([None, "petr", "jana"]), viewer=VIEWERS
)
def test_what_one_may_not_know_of_is_looked_up_and_answered_like_what_is_not_there(
    ticket: Requires, own: Requires, private_to: str | None, viewer: ResolvedUser
) -> None:
    """P4: the same answers after the same questions to Kafka and Redis, so that time tells nothing either."""

    async def both() -> None:
        message = a_guarded_message(ticket, own, private_to)
        world = await DoorWorld(message, viewer).publish()
        answers, asked = {}, {}
        for delivery in (DELIVERY, ABSENT):
            world.asked.clear()
            answers[delivery] = (
                await world.door.look(delivery, "petr"),
                await world.door.open(delivery, "petr"),
                (await world.door.verdicts([delivery], "petr"))[delivery],
            )
            asked[delivery] = list(world.asked)
        assert (None, "nothing", "nothing") == answers[ABSENT]
        assert access_to(message, "petr", {"petr": viewer})[0] == answers[DELIVERY][2]
        if answers[DELIVERY][2] == "nothing":
            assert answers[ABSENT] == answers[DELIVERY]
            assert asked[ABSENT] == asked[DELIVERY]

    asyncio.run(both())


async def test_after_its_time_the_content_is_gone_but_only_for_who_might_have_read_it() -> None:
    """Others can't tell it from what never was."""
    world = await DoorWorld(a_guarded_message(), a_reader("petr")).publish()
    world.now = KEPT_UNTIL + timedelta(seconds=1)
    assert ("gone", "nothing") == (
        await world.door.open(DELIVERY, "petr"),
        await world.door.open(DELIVERY, "olga"),
    )


async def test_another_deliverys_record_is_never_handed_out() -> None:
    """A topic that was made anew has other mails at the same offsets."""
    world = await DoorWorld(a_guarded_message(), a_reader("petr")).publish()
    assert world.mail is not None
    world.mail = world.mail.model_copy(update={"delivery_id": ABSENT})
    assert "gone" == await world.door.open(DELIVERY, "petr")


@pytest.mark.parametrize("viewer", ["petr", "olga"])
@pytest.mark.parametrize("delivery", [DELIVERY, ABSENT])
async def test_without_the_directory_nobody_gets_an_answer(viewer: str, delivery: str) -> None:
    """P6: a flushed view is neither "no rights" nor "no such mail"."""
    world = await DoorWorld(a_guarded_message(), a_reader("petr")).publish()
    world.store.flush()
    for ask in (world.door.look, world.door.open):
        with pytest.raises(DependencyUnavailable):
            await ask(delivery, viewer)


async def test_without_the_index_nobody_gets_an_answer() -> None:
    """P6: what can't be looked up is not "no such mail"."""
    world = await DoorWorld(a_guarded_message(), a_reader("petr")).publish()
    world.index_down = True
    with pytest.raises(DependencyUnavailable):
        await world.door.verdicts([DELIVERY], "petr")


async def test_a_right_taken_away_counts_before_the_view_has_it() -> None:
    """The view is older than the directory: the door waits for it, and then says no."""
    world = await DoorWorld(a_guarded_message(), a_reader("petr")).publish()
    world.end += 1
    with pytest.raises(DependencyUnavailable):
        await world.door.look(DELIVERY, "petr")
    asking = asyncio.create_task(world.door.look(DELIVERY, "petr"))
    await asyncio.sleep(0)
    world.users = (ResolvedUser(user_id="petr"),)
    await world.publish()
    assert None is await asking
