"""A story of many tickets, told by a generator of fixed numbers: the same every time, with every kind of turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail, GroupVia, Sender, SenderCandidate, Source, Supersedes
from tests.support.builders import MAILBOX, a_claim
from tests.support.routing_builders import MONDAY_NINE, ORDERS, PERSONAL, a_command, a_mail, a_policy
from workers.routing.decide_again import Cause

SEED = 20260323
WORLDS, TICKETS = 40, 18

GROUPS = ("g1", "g2", "g3")
BOOKS = ("board", "customers", "inbox")
AREAS = ("helpdesk", "key-helpdesk", "sales")
USER_GROUPS = ("sales", "second-level", "support")
USERS = ("eva", "jana", "petr")
COMMANDS: tuple[tuple[str, Any], ...] = (
    ("severity", "critical"),
    ("severity", "normal"),
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
    ("area", "nowhere"),
    ("private", "jana"),
    ("private", False),
    ("sla", {"contract": "premium", "level": "gold"}),
    ("reroute", {"policy_version": "p" * 64, "handler": "eva", "sources": {"handler": "group:g1"}}),
)


@dataclass(frozen=True, slots=True)
class World:
    """A policy as `Policy` reads it, the people, and the histories of its tickets, each in its order."""

    policy: dict[str, Any]
    users: dict[str, ResolvedUser]
    histories: list[list[Cause]]


def worlds() -> Iterator[World]:
    """All of them."""
    for number in range(WORLDS):
        yield _Teller(Random(SEED + number)).world()


class _Teller:
    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._offset = 0

    def world(self) -> World:
        chosen = a_policy(groups=self._groups(), rules=self._rules())
        return World(
            policy=chosen.policy.model_dump(mode="json", by_alias=True),
            users={user: self._user(user) for user in USERS if self._often()},
            histories=[self._history(number) for number in range(TICKETS)],
        )

    def _groups(self) -> dict[str, Any]:
        return {group: self._conditions() for group in GROUPS if self._often()}

    def _conditions(self) -> dict[str, Any]:
        some = self._chance.choice
        found: dict[str, Any] = {
            "priority": some((0, 1, 2)),
            "processes": {"helpdesk": self._row(), "ordering": self._row()},
            "price_lists": some(([], ["key-prices"], ["key-prices", "retail-prices"])),
        }
        if self._often():
            found["sla"] = {"contract": "premium", "default_level": some(("gold", "silver"))}
        return found

    def _row(self) -> dict[str, str]:
        some = self._chance.choice
        row = {
            "handler": some((None, *USERS)),
            "user_group": some((None, *USER_GROUPS)),
            "area": some((None, *AREAS)),
        }
        return {name: value for name, value in row.items() if value}

    def _rules(self) -> list[dict[str, Any]]:
        whens: tuple[dict[str, Any], ...] = (
            {"subject_regex": "urgent"},
            {"header_regex": {"x-spam": "yes"}},
            {"sender": "@acme.test"},
            {"sender_groups": "g1"},
        )
        return [
            {"id": f"r{number}", "when": self._chance.choice(whens), "set": self._row() or {"area": "sales"}}
            for number in range(self._chance.randrange(3))
        ]

    def _user(self, name: str) -> ResolvedUser:
        rights = (*((("actor",),) * 20), ("reader",), ("manager",), ())
        some = self._chance.choice
        return ResolvedUser(
            user_id=name,
            address_books={book: some(rights) for book in BOOKS},
            areas={area: some(rights) for area in AREAS},
            user_groups=tuple(group for group in USER_GROUPS if self._chance.randrange(10)),
            processes=some((None, None, ("helpdesk",))),
        )

    def _history(self, ticket: int) -> list[Cause]:
        mailbox = self._chance.choice((MAILBOX, MAILBOX, ORDERS, PERSONAL))
        turns = 1 + self._chance.randrange(9)
        told: list[Cause] = []
        for turn in range(turns):
            mail = turn == 0 or self._often()
            told.append(self._mail(ticket, turn, mailbox) if mail else self._command(ticket, turn))
        return told

    def _mail(self, ticket: int, turn: int, mailbox: str) -> EnrichedMail:
        some = self._chance.choice
        self._offset += 1
        repeated = turn and some((False,) * 9 + (True,))
        sender = self._sender()
        return a_mail(
            turn,
            ticket_id=ticket_id(ticket),
            delivery_id=f"{ticket * 1000 + (0 if repeated else turn):032x}",
            source=Source(topic="mail.inbound", partition=0, offset=self._offset),
            claim=a_claim(ticket_id=ticket_id(ticket), signed=self._often()),
            mailbox=mailbox,
            sender=sender,
            groups=self._via() if sender.contact_id else (),
            subject=some(("Printer", "urgent: printer", "Re: printer")),
            headers=(("x-spam", some(("yes", "no"))),),
            text=some(("It burns.", "It still burns.")),
            received_at=self._at(turn),
            classification=some(("human", "human", "human", "list", "auto-reply", "bounce")),
            proven_response=some((False,) * 6 + (True,)),
            identity_level=some(("aligned", "aligned", "none")),
            unparsed=some((False,) * 8 + (True,)),
            supersedes=some((None,) * 8 + (Supersedes(attempt=0, outcome="suppressed"),)),
        )

    def _sender(self) -> Sender:
        if self._chance.randrange(6) == 0:
            user = self._chance.choice((None, *USERS))
            return Sender(address="stranger@other.test", matched_by="none", user_id=user)
        books = [self._chance.choice((*BOOKS, *BOOKS, None)) for _ in range(self._chance.choice((1, 1, 2)))]
        return Sender(
            address="jan@acme.test",
            contact_id="p-0",
            company_id="c-acme",
            address_books=tuple(sorted({book for book in books if book})),
            matched_by="address",
            ambiguous=len(books) > 1,
            candidates=tuple(
                SenderCandidate(contact_id=f"p-{number}", company_id="c-acme", address_book=book)
                for number, book in enumerate(books)
            ),
        )

    def _via(self) -> tuple[GroupVia, ...]:
        return tuple(
            GroupVia(
                group_id=group,
                via_contact_id="c-acme",
                distance=self._chance.randrange(3),
                type=self._chance.choice(("customers", "customers", "suppliers")),
            )
            for group in GROUPS
            if self._often()
        )

    def _command(self, ticket: int, turn: int) -> TicketCommand:
        kind, value = self._chance.choice(COMMANDS)
        one_message = kind in ("area", "private") and self._chance.randrange(2)
        return a_command(
            kind,
            value,
            ticket_id=ticket_id(ticket),
            actor=self._chance.choice(USERS),
            command_id=f"cmd-{turn - self._chance.choice((0, 0, 0, 1))}",
            delivery_id=f"{ticket * 1000:032x}" if one_message else None,
            expected_revision=self._chance.choice((None, None, None, 1)),
            at=self._at(turn),
        )

    def _at(self, turn: int) -> Any:
        return MONDAY_NINE + timedelta(minutes=turn * 2_000 + self._chance.randrange(1_900))

    def _often(self) -> bool:
        return self._chance.random() < 0.7


def ticket_id(number: int) -> str:
    return f"T-{number:012d}"
