"""The directory goes live: differences only, at one moment."""

import pytest

from schemas.directory import AddressBook, Contact, ContactGroup, Directory, User, UserGroup, entity
from schemas.topics import DIRECTORY_ENTITIES
from tests.support.fake_topics import CLOCK, FakeTopics
from workers.errors import InvalidInput
from workers.processors.directory_differences import DirectoryDifferences
from workers.processors.forget_entity import forget_entity
from workers.processors.publish_directory import publish_change, publish_directory, published_entities


def a_directory(**contacts: Contact) -> Directory:
    return Directory(
        users={"petr": User(name="Petr"), "jana": User()},
        user_groups={"support": UserGroup(members=("petr", "jana"))},
        address_books={"customers": AddressBook(rights={"petr": "reader", "support": "reader"})},
        contacts={
            "acme": Contact(kind="company", address_book="customers", domains=("acme.test",)),
            **contacts,
        },
        contact_groups={"key": ContactGroup(type="customers", address_book="customers", members=("acme",))},
    )


async def load(topics: FakeTopics, directory: Directory, *, dry_run: bool = False) -> DirectoryDifferences:
    return await publish_directory(directory, at=CLOCK, reader=topics, writer=topics, dry_run=dry_run)


async def test_a_first_load_publishes_everything_in_one_transaction() -> None:
    """Readers never see half of a directory."""
    topics = FakeTopics()

    differences = await load(topics, a_directory())

    assert 6 == len(differences.added)
    assert 1 == len(topics.writes)
    assert {entity.key: entity for entity in a_directory().entities()} == await published_entities(topics)


async def test_a_second_load_publishes_differences_only() -> None:
    """One contact came, one changed, and what the file no longer names gets a tombstone."""
    topics = FakeTopics()
    jan = Contact(kind="person", parent="acme", addresses=("jan@acme.test",))
    await load(topics, a_directory(jan=jan))
    eva = Contact(kind="person", parent="acme")
    changed = Contact(kind="company", address_book="customers", domains=("acme.example",))

    differences = await load(topics, a_directory(eva=eva, acme=changed))

    assert ["contact/eva"] == [entity.key for entity in differences.added]
    assert ["contact/acme"] == [entity.key for entity in differences.changed]
    assert ("contact/jan",) == differences.removed
    assert {b"contact/jan": None} == {r.key: r.value for r in topics.writes[-1] if r.value is None}


async def test_loading_the_same_again_writes_nothing() -> None:
    """And the view's version stays."""
    topics = FakeTopics()
    await load(topics, a_directory())
    topics.writes.clear()

    assert not await load(topics, a_directory())
    assert [] == topics.writes


async def test_a_dry_run_only_says_what_would_change() -> None:
    """Nothing is written."""
    topics = FakeTopics()

    assert 6 == len((await load(topics, a_directory(), dry_run=True)).added)
    assert [] == topics.writes


async def test_entities_of_a_newer_version_are_left_alone() -> None:
    """A kind that we don't know is not ours to delete."""
    topics = FakeTopics()
    await load(topics, a_directory())
    newer = entity("user", "x", User()).model_copy(update={"kind": "robot", "user": None, "id": "r2"})
    await topics.publish(DIRECTORY_ENTITIES, "robot/r2", newer)

    assert not await load(topics, a_directory())


async def test_a_forgotten_contact_is_in_no_group_any_more() -> None:
    """One transaction: the tombstone and everything that named it."""
    topics = FakeTopics()
    await load(topics, a_directory())

    differences = await publish_change(
        lambda current: forget_entity("contact/acme", current), at=CLOCK, reader=topics, writer=topics
    )

    assert ("contact/acme",) == differences.removed
    group = (await published_entities(topics))["contact_group/key"].contact_group
    assert group is not None
    assert () == group.members


async def test_a_forgotten_user_holds_nothing() -> None:
    """No group and no right keeps the id: somebody else may get it later."""
    topics = FakeTopics()
    await load(topics, a_directory())

    await publish_change(
        lambda current: forget_entity("user/petr", current), at=CLOCK, reader=topics, writer=topics
    )

    entities = await published_entities(topics)
    book, group = entities["address_book/customers"].address_book, entities["user_group/support"].user_group
    assert book is not None
    assert group is not None
    assert {"support": "reader"} == book.rights
    assert ("jana",) == group.members


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("contact/nobody", "no such entity"),
        ("area/helpdesk", "Only contacts and users"),
        ("contact/acme", "must go first: jan"),
    ],
)
async def test_what_cannot_be_forgotten_says_why(key: str, words: str) -> None:
    """And nothing is written."""
    topics = FakeTopics()
    await load(topics, a_directory(jan=Contact(kind="person", parent="acme")))
    topics.writes.clear()

    with pytest.raises(InvalidInput, match=words):
        await publish_change(
            lambda current: forget_entity(key, current), at=CLOCK, reader=topics, writer=topics
        )

    assert [] == topics.writes
