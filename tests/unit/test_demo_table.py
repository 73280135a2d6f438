"""The demo's table, and what counts as a surprise."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from schemas.topics import MAIL_ENRICHED, MESSAGES_PRIVACY_TAGGED, ROUTING_DECISIONS, TICKETS_ROUTED
from tests.support.shipped_examples import an_example
from workers.adapters.smtp_client import Reply
from workers.entrypoints.demo_mails import STORY
from workers.entrypoints.demo_outcomes import DemoOutcome, Expected
from workers.entrypoints.demo_table import Told, story_table, what_next
from workers.entrypoints.up import RunningStack

A_STACK = RunningStack(
    ("127.0.0.1", 2525), ("127.0.0.1", 8080), "localhost:9092", "redis://127.0.0.1:6379/0", "", None
)
STARTED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def an_outcome(outcome: str = "routed", ticket_id: str = "T-EFXBY9J9J79H") -> DemoOutcome:
    return DemoOutcome(
        an_example(ROUTING_DECISIONS, outcome=outcome, ticket_id=ticket_id),
        an_example(MAIL_ENRICHED),
        an_example(
            TICKETS_ROUTED, ticket_id=ticket_id, flags=["handler_lacks_access:address_books:partners"]
        ),
        an_example(MESSAGES_PRIVACY_TAGGED),
        {"petr": "content", "jana": "existence"},
    )


def a_story() -> list[Told]:
    sender = "jan@acme.test"
    return [
        Told(mail, Reply("support@acme.example", 250, "OK"), sender, an_outcome(), ["handler: eva, not petr"])
        for mail in STORY
    ]


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_the_table_fits_and_says_all(width: int) -> None:
    """Nothing is cut off: long ids fold."""
    page = Console(file=StringIO(), width=width, highlight=False)
    page.print(story_table(a_story(), width))
    lines = page.file.getvalue().splitlines()  # type: ignore[attr-defined]

    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "…" not in text
    for word in ("T-EFXBY9J9J79H", "petr", "key-helpdesk", "premium", "jana", "UNEXPECTED"):
        assert word in text


@pytest.mark.parametrize("once", [False, True])
def test_addresses_are_named_only_where_they_stay(once: bool) -> None:
    """`--once` ends with all that it started."""
    page = Console(file=StringIO(), width=120, highlight=False)
    page.print(what_next(A_STACK, a_story(), once=once), soft_wrap=True)
    text = page.file.getvalue()  # type: ignore[attr-defined]

    named = [address for address in ("127.0.0.1:2525", "127.0.0.1:8080", "localhost:9092") if address in text]
    assert ([] if once else ["127.0.0.1:2525", "127.0.0.1:8080", "localhost:9092"]) == named


def test_the_story_tells_what_was_promised() -> None:
    """At least eight mails, all outcomes that a customer can cause, each name once."""
    names = [mail.name for mail in STORY]
    assert len(names) == len(set(names)) >= 8
    assert {"routed", "suppressed", "duplicate"} == {mail.expected.outcome for mail in STORY}


def test_a_letter_sent_twice_is_the_same_octets() -> None:
    """Else it would be another mail."""
    letters = {
        mail.name: mail.write("run", STARTED, {}) for mail in STORY if mail.name in ("stranger", "twice")
    }
    assert letters["stranger"] == letters["twice"]


def test_what_is_as_expected_is_no_surprise() -> None:
    """Unnamed fields are not looked at."""
    told = {"first": an_outcome()}
    assert [] == Expected("routed", handler="petr", same_ticket_as="first").surprises(an_outcome(), told)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (Expected("duplicate"), "outcome: routed, not duplicate"),
        (Expected("routed", handler=None), "handler: petr, not None"),
        (Expected("routed", sla=False), "SLA: True, not False"),
        (Expected("routed", flag="thread_refused"), "not thread_refused"),
        (Expected("routed", other_ticket_than="first"), "another ticket: False, not True"),
        (Expected("routed", private_to="jana"), "private to: None, not jana"),
    ],
)
def test_a_surprise_says_what_was_found_and_what_was_expected(expected: Expected, words: str) -> None:
    """`demo --once` exits 1 for it."""
    [surprise] = expected.surprises(an_outcome(), {"first": an_outcome()})
    assert words in surprise
