"""Hypothesis strategies for worlds in which routing decisions are made: policies, people, mails, commands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail, GroupVia, Sender, SenderCandidate, Supersedes
from tests.support.builders import MAILBOX, a_claim
from tests.support.routing_builders import MONDAY_NINE, PERSONAL, a_command, a_mail, a_policy
from workers.routing.compiled_policy import CompiledPolicy

MARKER = "Xylophon"
"""Stands in every word of a generated mail, and in no id of the world."""

GROUPS = ("g1", "g2", "g3")
BOOKS = ("board", "customers", "inbox")
AREAS = ("helpdesk", "key-helpdesk", "sales")
USER_GROUPS = ("sales", "second-level", "support")
USERS = ("eva", "jana", "petr")

_RIGHTS = st.sampled_from([(), ("actor",), ("manager",), ("reader",), ("manager", "reader")])


def _maybe(values: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, *values))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, str]:
    """What a group gives for a process: any of handler, user group and area."""
    row = {
        "handler": draw(_maybe(USERS)),
        "user_group": draw(_maybe(USER_GROUPS)),
        "area": draw(_maybe(AREAS)),
    }
    return {name: value for name, value in row.items() if value}


@st.composite
def rules(draw: st.DrawFn, rule_id: str) -> dict[str, Any]:
    """A rule that is met or not, by content or by envelope."""
    when = draw(
        st.sampled_from(
            [
                {"subject_regex": MARKER},
                {"not": {"header_regex": {"x-spam": MARKER}}},
                {"sender": "@acme.test"},
                {"text_regex": "never"},
                {"sender_groups": "g1"},
            ]
        )
    )
    sets = draw(rows()) | ({"private": True} if draw(st.booleans()) and draw(st.booleans()) else {})
    stop = draw(st.booleans()) or not sets
    return {"id": rule_id, "when": when, "set": sets, "stop": stop}


@st.composite
def policies(draw: st.DrawFn) -> CompiledPolicy:
    """Up to three groups with rows, contracts and price lists, and up to two rules."""
    groups: dict[str, Any] = {}
    for group in draw(st.sets(st.sampled_from(GROUPS))):
        groups[group] = {
            "priority": draw(st.integers(0, 2)),
            "processes": {"helpdesk": draw(rows())},
            "price_lists": draw(st.sampled_from([[], ["key-prices"], ["key-prices", "retail-prices"]])),
        }
        if draw(st.booleans()):
            groups[group]["sla"] = {
                "contract": "premium",
                "default_level": draw(st.sampled_from(["gold", "silver"])),
            }
    count = draw(st.integers(0, 2))
    return a_policy(groups=groups, rules=[draw(rules(f"r{number}")) for number in range(count)])


@st.composite
def directories(draw: st.DrawFn) -> dict[str, ResolvedUser]:
    """Some of the users, each with some of the rights."""
    found: dict[str, ResolvedUser] = {}
    for user in draw(st.sets(st.sampled_from(USERS))):
        found[user] = ResolvedUser(
            user_id=user,
            address_books={book: draw(_RIGHTS) for book in BOOKS},
            areas={area: draw(_RIGHTS) for area in AREAS},
            user_groups=tuple(sorted(draw(st.sets(st.sampled_from(USER_GROUPS))))),
            processes=draw(st.sampled_from([None, (), ("helpdesk",)])),
        )
    return found


@st.composite
def senders(draw: st.DrawFn) -> Sender:
    """Customers of one company, some ambiguous or unresolved; a stranger; a colleague."""
    address = f"{MARKER.lower()}@acme.test"
    if draw(st.integers(0, 4)) == 0:
        return Sender(address=address, matched_by="none", user_id=draw(_maybe(USERS)))
    books = draw(st.lists(st.sampled_from((*BOOKS, None)), min_size=1, max_size=2))
    candidates = tuple(
        SenderCandidate(contact_id=f"p-{number}", company_id="c-acme", address_book=book)
        for number, book in enumerate(books)
    )
    return Sender(
        address=address,
        contact_id="p-0",
        company_id="c-acme",
        address_books=tuple(sorted({book for book in books if book})),
        matched_by="address",
        ambiguous=len(books) > 1,
        candidates=candidates,
    )


@st.composite
def mails(draw: st.DrawFn, number: int, mailbox: str = MAILBOX) -> EnrichedMail:
    """The ticket's n-th mail; every word in it has the marker."""
    groups = tuple(
        GroupVia(
            group_id=group,
            via_contact_id="c-acme",
            distance=draw(st.integers(0, 2)),
            type=draw(st.sampled_from(["customers", "customers", "suppliers"])),
        )
        for group in sorted(draw(st.sets(st.sampled_from(GROUPS))))
    )
    sender = draw(senders())
    again = draw(st.integers(0, 9)) == 0
    return a_mail(
        number - 1 if again and number > 1 else number,
        mailbox=mailbox,
        sender=sender,
        groups=groups if sender.contact_id else (),
        subject=f"{MARKER} subject",
        text=f"{MARKER} text",
        headers=(("X-Header", f"{MARKER} header"), ("x-spam", draw(st.sampled_from([MARKER, "no"])))),
        received_at=MONDAY_NINE + timedelta(hours=number * draw(st.integers(1, 200))),
        classification=draw(st.sampled_from(["human", "human", "list", "auto-reply", "bounce"])),
        proven_response=draw(st.integers(0, 5)) == 0,
        identity_level=draw(st.sampled_from(["aligned", "none"])),
        claim=a_claim(signed=draw(st.booleans())),
        unparsed=draw(st.booleans()),
        supersedes=draw(st.sampled_from([None, None, Supersedes(attempt=0, outcome="suppressed")])),
    )


@st.composite
def commands(draw: st.DrawFn, number: int) -> TicketCommand:
    """Any command, sensible or not, by one of the users."""
    kind, value = draw(
        st.sampled_from(
            [
                ("severity", "critical"),
                ("severity", "unknown"),
                ("status", "waiting"),
                ("status", "solved"),
                ("status", "closed"),
                ("status", "open"),
                ("responded", None),
                ("assign", "eva"),
                ("assign", {"handler": "jana", "user_group": "support"}),
                ("assign", {"user_group": None}),
                ("area", "sales"),
                ("area", "helpdesk"),
                ("private", "jana"),
                ("private", False),
                ("sla", {"contract": "premium", "level": "gold"}),
                ("reroute", None),
            ]
        )
    )
    delivery_id = f"{1:032x}" if kind in ("area", "private") and draw(st.booleans()) else None
    return a_command(
        kind,
        value,
        actor=draw(st.sampled_from(USERS)),
        command_id=f"cmd-{number}",
        delivery_id=delivery_id,
        at=MONDAY_NINE + timedelta(hours=number * draw(st.integers(1, 100))),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[EnrichedMail | TicketCommand]:
    """A first mail, then mails and commands, all on one ticket."""
    mailbox = draw(st.sampled_from([MAILBOX, MAILBOX, PERSONAL]))
    length = draw(st.integers(1, 5))
    return [
        draw(mails(number, mailbox)) if number == 1 or draw(st.booleans()) else draw(commands(number))
        for number in range(1, length + 1)
    ]
