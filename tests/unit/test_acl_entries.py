"""Rights as the cluster keeps them, held against a role's."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from workers.adapters.kafka_acl_entries import AclEntry, beyond, entries_of, entry_of
from workers.adapters.kafka_acls import Grant, grants
from workers.adapters.kafka_roles import ROLES, Role
from workers.entrypoints.cli import app

TOPIC, LITERAL, PREFIXED, READ = 2, 3, 4, 3


@given(
    resource=st.integers(2, 9),
    name=st.text(min_size=1),
    pattern=st.sampled_from([LITERAL, PREFIXED]),
    host=st.sampled_from(["*", "10.0.0.1"]),
    operation=st.integers(2, 20),
)
def test_what_is_taken_is_what_was_read(
    resource: int, name: str, pattern: int, host: str, operation: int
) -> None:
    """Also numbers that only a newer cluster knows."""
    numbers = (resource, name, pattern, host, operation)
    assert numbers == entry_of(*numbers).numbers


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_is_not_beyond_itself(role: Role) -> None:
    """As a broker gives its entries back."""
    wanted = list(entries_of(grants(role, "p.")))
    assert [] == beyond([entry_of(*entry.numbers) for entry in wanted], wanted)


@pytest.mark.parametrize(
    "given_by_hand",
    [
        AclEntry("topic", "p.tickets.routed", "Write"),
        AclEntry("topic", "p.tickets.routed", "All"),
        AclEntry("topic", "p.tickets.routed", "Read", prefixed=True),
        AclEntry("topic", "p.tickets.routed", "Read", host="10.0.0.1"),
        AclEntry("group", "p.tickets.routed", "Read"),
        AclEntry("topic", "tickets.routed", "Read"),
    ],
    ids=str,
)
def test_every_part_of_an_entry_counts(given_by_hand: AclEntry) -> None:
    """Only what is exactly the role's stays."""
    wanted = list(entries_of([Grant("topic", "p.tickets.routed", ("Read",))]))
    assert [given_by_hand] == beyond([*wanted, given_by_hand], wanted)


def test_a_user_may_have_several_roles() -> None:
    """Named together, so that neither is beyond the other."""
    command = ["topics", "acls", "--role", "downstream", "--role", "shop", "--user", "crm", "--json"]
    printed = CliRunner().invoke(app, command)
    lines = [json.loads(line) for line in printed.stdout.splitlines()]
    assert {("crm", "downstream"), ("crm", "shop")} == {(line["user"], line["role"]) for line in lines}
    assert {"crm"} == {line["name"] for line in lines if line["resource"] == "group"}


def test_a_user_without_a_role_is_refused() -> None:
    """All roles of the table for one user is never meant."""
    refused = CliRunner().invoke(app, ["topics", "acls", "--user", "crm"])
    assert (2, True) == (refused.exit_code, "--role" in refused.stderr)
