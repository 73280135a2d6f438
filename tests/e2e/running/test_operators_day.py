"""What an operator does with a running installation, command by command."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.running_up import RunningUp
from tests.support.builders import raw_mail


@pytest.fixture
def message_id() -> str:
    return f"<{uuid4().hex}@acme.test>"


@pytest.fixture
def ticket_id(up: RunningUp, message_id: str) -> str:
    """Of a mail that was just sent and decided."""
    mail = raw_mail(message_id=message_id)
    assert 250 == up.send(mail, "support@acme.example", mail_from="jan@acme.test")[0]
    [explanation] = until_explained(up, message_id)
    return str(explanation["decisions"][0]["receipt"]["ticket_id"])


def until_explained(up: RunningUp, id_: str) -> list[dict[str, Any]]:
    """Each try reads the topics to their end, which takes a moment: no pause is needed between."""
    tries = (up.run("explain", id_, "--json") for _ in range(30))
    return lines(next(result.stdout for result in tries if result.returncode == 0))


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_mail_is_explained_by_its_message_id(up: RunningUp, ticket_id: str, message_id: str) -> None:
    """For people: each field with what gave it; and no words of the mail."""
    page = up.run("explain", message_id).stdout

    for word in (ticket_id, "p-jan", "group:key-accounts", "beta-testers", "lost"):
        assert word in page
    assert "Printer" not in page


def test_a_ticket_is_listed_shown_and_answered(up: RunningUp, ticket_id: str) -> None:
    """Its reply headers carry the signed id."""
    assert ticket_id in {ticket["ticket_id"] for ticket in lines(up.run("tickets", "list", "--json").stdout)}
    assert "key-helpdesk" in up.run("tickets", "show", ticket_id).stdout
    assert f"support+{ticket_id}." in up.run("reply-headers", ticket_id).stdout


def test_access_is_answered_with_the_requirement_that_decided(up: RunningUp, ticket_id: str) -> None:
    """petr may, karel may not read the book."""
    [explanation] = lines(up.run("explain", ticket_id, "--json").stdout)
    delivery = explanation["decisions"][0]["receipt"]["delivery_id"]

    verdicts = {
        user: lines(up.run("access", delivery, "--as", user, "--json").stdout)[0]
        for user in ("petr", "karel")
    }

    assert ("content", "all requirements met") == (verdicts["petr"]["verdict"], verdicts["petr"]["because"])
    assert ("nothing", "address_books:board") == (verdicts["karel"]["verdict"], verdicts["karel"]["because"])


def test_a_command_is_accepted_or_refused_and_says_why(up: RunningUp, ticket_id: str) -> None:
    """The exit code says it too."""
    accepted = up.run("command", ticket_id, "severity", "critical", "--actor", "petr", "--json")
    refused = up.run("command", ticket_id, "severity", "low", "--actor", "olga", "--json")

    assert (0, True) == (accepted.returncode, lines(accepted.stdout)[0]["accepted"])
    assert (1, False) == (refused.returncode, lines(refused.stdout)[0]["accepted"])
    assert "gold" == lines(up.run("tickets", "show", ticket_id, "--json").stdout)[0]["sla"]["level"]
