"""The samples that the demo runs on."""

from importlib.resources import files
from pathlib import Path

from config.directory_file import load_directory
from config.policy_file import load_policy
from schemas.directory import Directory
from schemas.policy import Policy
from schemas.policy_document import PolicyDocument
from workers.routing.contact_resolution import ContactResolution
from workers.routing.directory_entities import DirectoryEntities
from workers.routing.mailboxes import find_mailbox
from workers.routing.user_resolution import UserResolution

SAMPLES = Path(str(files("config")))


def the_samples() -> tuple[Policy, Directory]:
    directory = load_directory(SAMPLES / "directory.yaml")
    return load_policy(SAMPLES / "policy.yaml", directory), directory


def lacks(policy: Policy, directory: Directory) -> set[tuple[str, str]]:
    """Handlers of groups and what they lack to see the mails of the group's members."""
    known = DirectoryEntities.of(directory.entities())
    contacts, users = ContactResolution(known), UserResolution(known)
    found: set[tuple[str, str]] = set()
    for group_id, group in policy.groups.items():
        books = {contacts.resolve(m).address_book for m in directory.contact_groups[group_id].members}
        for process, row in group.processes.items():
            if row.handler is None:
                continue
            user = users.resolve(row.handler)
            area = row.area or policy.processes[process].default_area
            missing = {
                book for book in books if not {"actor", "reader"} & set(user.address_books.get(str(book), ()))
            }
            missing |= {area} if not {"actor", "reader"} & set(user.areas.get(area, ())) else set()
            missing |= (
                {row.user_group} if row.user_group and row.user_group not in user.user_groups else set()
            )
            missing |= {process} if user.processes is not None and process not in user.processes else set()
            found |= {(row.handler, str(each)) for each in missing}
    return found


def test_they_are_right_and_fit_together() -> None:
    """With their mailboxes, a person in a book of his own, and postmaster as RFC 5321 asks."""
    policy, directory = the_samples()
    assert {"support@acme.example", "orders@acme.example", "jana@acme.example"} == set(policy.mailboxes)
    assert "board" == directory.contacts["p-jan"].address_book
    assert find_mailbox(policy, "postmaster@acme.example") is not None


def test_every_handler_has_the_rights_he_needs_but_the_one_that_shows_the_flag() -> None:
    """Olga may not read the partners' book."""
    assert {("olga", "partners")} == lacks(*the_samples())


def test_the_policy_sample_shows_every_key() -> None:
    """Comments count: who reads it has seen all there is."""
    text = (SAMPLES / "policy.yaml").read_text("utf-8")
    schema = PolicyDocument.model_json_schema()
    keys = {key for part in schema["$defs"].values() for key in part.get("properties", {})} | set(
        schema["properties"]
    )
    assert set() == {key for key in keys if key not in text} - {"subdivision"}
