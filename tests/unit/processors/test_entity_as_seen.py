"""What a user sees of the directory: nothing of a contact in a book that they may not read."""

import pytest

from schemas.directory import Directory, DirectoryEntity
from tests.support.builders import a_directory
from workers.processors.entity_as_seen import entity_as_seen

GROUP = {"type": "customers", "address_book": "customers", "members": ["c-acme", "p-jan"]}
WORLD = a_directory(contact_groups={"key-accounts": GROUP, "hidden": {**GROUP, "address_book": "board"}})


def seen(key: str, viewer: str, directory: Directory = WORLD) -> DirectoryEntity | None:
    return entity_as_seen(key, {entity.key: entity for entity in directory.entities()}, viewer)


def test_a_group_shows_only_members_of_books_that_the_viewer_reads() -> None:
    """R4: eva reads customers and not board; petr reads both."""
    for viewer, members in (("eva", ("c-acme",)), ("petr", ("c-acme", "p-jan"))):
        found = seen("contact_group/key-accounts", viewer)
        assert found is not None
        assert found.contact_group is not None
        assert members == found.contact_group.members


@pytest.mark.parametrize("key", ["contact/p-jan", "contact_group/hidden", "contact/nobody"])
def test_what_the_viewer_may_not_know_of_does_not_exist(key: str) -> None:
    """R5: as what is not there."""
    assert seen(key, "eva") is None


def test_a_manager_of_a_book_does_not_see_who_is_in_it() -> None:
    """R7: nor does somebody whom the directory does not know."""
    managed = a_directory(
        address_books={"customers": {"rights": {"eva": "manager"}}, "board": {}, "inbox": {}}
    )
    assert seen("contact/c-acme", "eva", managed) is None
    assert seen("contact/c-acme", "nobody") is None


def test_a_company_in_another_book_is_not_given_away_by_its_people() -> None:
    """R5: its id tells that it exists."""
    below = a_directory(
        contacts={
            "c-secret": {"kind": "company", "address_book": "board"},
            "p-known": {"kind": "person", "parent": "c-secret", "address_book": "customers"},
        }
    )
    for viewer, parent in (("eva", None), ("petr", "c-secret")):
        found = seen("contact/p-known", viewer, below)
        assert found is not None
        assert found.contact is not None
        assert parent == found.contact.parent


def test_rights_and_groups_of_users_are_seen_by_all() -> None:
    """They hold no contact."""
    assert seen("user_group/support", "eva") == seen("user_group/support", "petr")
