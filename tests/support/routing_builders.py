"""The world in which routing tests play: a small policy, a small directory, and decisions made in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail, GroupVia, Source
from schemas.policy import Policy
from schemas.ticket import RoutedTicket, TicketState
from tests.support.builders import MAILBOX, TICKET_ID, an_enriched_mail
from workers.routing.apply_command import DecidedCommand, decide_command
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.decide import Decided, Forward, decide_mail
from workers.routing.identity import Signer
from workers.routing.rights import Rights

SIGNER = Signer(b"a secret for tests only")
POLICY_VERSION = "p" * 64
PERSONAL = "jana@acme.example"
ORDERS = "orders@acme.example"
MONDAY_NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_NINE_TO_FIVE: tuple[tuple[int, int], ...] = ((9 * 60, 17 * 60),)


def an_office(**fields: Any) -> dict[str, Any]:
    """Monday to Friday 9 to 17 UTC, so that tests can count in their heads."""
    week = [_NINE_TO_FIVE] * 5 + [()] * 2
    transitions = [{"at": datetime(2000, 1, 1, tzinfo=UTC), "offset_seconds": 0}]
    defaults = {"time_zone": "UTC", "week": week, "holidays": [date(2026, 3, 6)], "transitions": transitions}
    return defaults | fields


def a_policy(**fields: Any) -> CompiledPolicy:
    """The policy of DESIGN part 5 with two groups more. `fields` replace whole top-level keys."""
    return _compiled(fields) if fields else _default_policy()


@cache
def _default_policy() -> CompiledPolicy:
    return _compiled({})


def _compiled(fields: dict[str, Any]) -> CompiledPolicy:
    silver = {"calendar": "office", "respond_within": "PT4H", "resolve_within": "P3D", "warn_before": "PT1H"}
    gold = {"calendar": "office", "respond_within": "PT1H", "resolve_within": "PT8H"}
    defaults: dict[str, Any] = {
        "processes": {
            "helpdesk": {"default_area": "helpdesk", "sla": True, "closed": {"reopen_within": "P14D"}},
            "ordering": {"default_area": "sales", "follow_up": "keep"},
        },
        "mailboxes": {
            MAILBOX: {"process": "helpdesk", "user_group": "support"},
            ORDERS: {"process": "ordering", "user_group": "sales"},
            PERSONAL: {"process": "helpdesk", "owner": "jana"},
        },
        "unknown_senders": {"address_book": "inbox"},
        "groups": {
            "key-accounts": {
                "priority": 100,
                "sla": {"contract": "premium", "default_level": "silver"},
                "price_lists": ["key-prices"],
                "processes": {
                    "helpdesk": {"handler": "petr", "user_group": "second-level", "area": "key-helpdesk"},
                    "ordering": {"handler": "eva"},
                },
            },
            "retail": {
                "priority": 10,
                "sla": {"contract": "premium", "default_level": "gold"},
                "price_lists": ["retail-prices"],
                "processes": {"helpdesk": {"handler": "eva", "user_group": "support"}},
            },
            "partners": {"processes": {"helpdesk": {"user_group": "partner-desk"}}},
        },
        "sla": {
            "calendars": {"office": an_office()},
            "contracts": {
                "premium": {
                    "severities": {"normal": "silver", "critical": "gold"},
                    "levels": {"silver": silver, "gold": gold},
                }
            },
        },
        "price_lists": {
            "key-prices": {"priority": 50, "currency": "EUR"},
            "retail-prices": {"priority": 90, "currency": "EUR"},
        },
    }
    return compile_policy(Policy.model_validate(defaults | fields), POLICY_VERSION)


def a_user(user_id: str, **fields: Any) -> ResolvedUser:
    """Somebody who sees all that the default policy requires. `fields` replace single rights."""
    defaults: dict[str, Any] = {
        "address_books": {"customers": ("reader",), "inbox": ("reader",), "board": ("reader",)},
        "areas": {"helpdesk": ("actor",), "key-helpdesk": ("actor",), "sales": ("actor",)},
        "user_groups": ("partner-desk", "sales", "second-level", "support"),
    }
    return ResolvedUser(user_id=user_id, **(defaults | fields))


def users(*more: ResolvedUser) -> dict[str, ResolvedUser]:
    """petr, eva and jana, and those given, who replace one of the same id."""
    all_users = (*(a_user(name) for name in ("petr", "eva", "jana")), *more)
    return {user.user_id: user for user in all_users}


def in_group(group_id: str, **fields: Any) -> GroupVia:
    """A membership of the sender's company in a customers' group."""
    defaults: dict[str, Any] = {"via_contact_id": "c-acme", "distance": 1, "type": "customers"}
    return GroupVia(group_id=group_id, **(defaults | fields))


def a_mail(number: int = 1, **fields: Any) -> EnrichedMail:
    """The ticket's n-th mail, from a sender in `key-accounts`; each has a delivery and an offset of its own."""
    defaults: dict[str, Any] = {
        "delivery_id": f"{number:032x}",
        "source": Source(topic="mail.inbound", partition=0, offset=number),
        "received_at": MONDAY_NINE,
        "groups": (in_group("key-accounts"),),
        "identity_level": "aligned",
    }
    return an_enriched_mail(**(defaults | fields))


def decide(
    mail: EnrichedMail,
    state: TicketState | None = None,
    policy: CompiledPolicy | None = None,
    directory: Mapping[str, ResolvedUser] | None = None,
) -> Decided | Forward:
    """The decision in the default world."""
    rights = Rights(users() if directory is None else directory)
    return decide_mail(mail, state, policy or a_policy(), rights, SIGNER)


def decided(
    mail: EnrichedMail,
    state: TicketState | None = None,
    policy: CompiledPolicy | None = None,
    directory: Mapping[str, ResolvedUser] | None = None,
) -> Decided:
    """The decision, which must not be a forward."""
    decision = decide(mail, state, policy, directory)
    assert isinstance(decision, Decided), decision
    return decision


def a_ticket_state(mail: EnrichedMail | None = None, **world: Any) -> TicketState:
    """The state after a ticket's first mail (default: `a_mail()`)."""
    state = decided(mail or a_mail(), **world).state
    assert state is not None
    return state


def a_command(kind: str, value: Any = None, **fields: Any) -> TicketCommand:
    """A command of petr's on the default ticket, an hour after its first mail."""
    defaults: dict[str, Any] = {
        "command_id": "cmd-1",
        "ticket_id": TICKET_ID,
        "kind": kind,
        "actor": "petr",
        "at": datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
        "value": value,
    }
    return TicketCommand(**(defaults | fields))


def commanded(
    command: TicketCommand,
    state: TicketState | None,
    policy: CompiledPolicy | None = None,
    directory: Mapping[str, ResolvedUser] | None = None,
) -> DecidedCommand:
    """The decision on a command in the default world."""
    rights = Rights(users() if directory is None else directory)
    source = Source(topic="tickets.commands", partition=0, offset=9)
    return decide_command(command, state, policy or a_policy(), rights, SIGNER, source, "1")


def applied(
    command: TicketCommand,
    state: TicketState,
    policy: CompiledPolicy | None = None,
    directory: Mapping[str, ResolvedUser] | None = None,
) -> tuple[RoutedTicket, TicketState, DecidedCommand]:
    """Ticket and state after a command, which must be accepted and make a revision."""
    decision = commanded(command, state, policy, directory)
    assert decision.ticket is not None, decision.result.reason
    assert decision.state is not None
    return decision.ticket, decision.state, decision
