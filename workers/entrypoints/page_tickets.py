"""Tickets: searched, and one with all that is known of it. No words of mails."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.ticket import MessageTag, RoutedTicket, TicketState
from workers.adapters.page_answers import Ask, GoTo, Page
from workers.adapters.page_templates import link
from workers.entrypoints.receipt_pages import requirements
from workers.entrypoints.sla_pages import plain, standing
from workers.entrypoints.ticket_pages import assignment, customer, next_due, ticket_fields
from workers.errors import InvalidInput
from workers.page_ports import Customers, TicketIndex, TicketQuery
from workers.processors.customer_search import meant_customers
from workers.processors.directory_lookup import DirectoryLookup
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.sla_ledger import ClockLedger, sla_ledger

PAGE = 50
MESSAGES_SHOWN = 50
STRETCHES_SHOWN = 40
STATUSES = ("open", "waiting", "solved", "closed")
FILTERS = ("q", "status", "mailbox", "handler", "user_group", "process", "area", "flag")
_TICKET = re.compile(r"T-[0-9A-Z]{12}\Z", re.IGNORECASE)
_DELIVERY = re.compile(r"[0-9a-f]{32}\Z")
_MESSAGE_ID = re.compile(r"<[^<>]+>\Z")
_NOT_SHOWN = ("flags", "reply to")
"""Flags stand above; the other is a signed address, with which anybody could write into the ticket."""


@dataclass(frozen=True, slots=True)
class TicketPages:
    """`policy`: the live one, compiled. `directory`: a new look-up for each question."""

    index: TicketIndex
    directory: Callable[[], DirectoryLookup]
    policy: Callable[[], Awaitable[CompiledPolicy]]
    now: Callable[[], datetime]

    async def search(self, ask: Ask) -> Page | GoTo:
        """An id goes to its page; everything else is a filter, and all must hold."""
        given = {name: ask.given(name) for name in FILTERS}
        words = given["q"] or ""
        if _TICKET.match(words):
            return GoTo(link("/tickets", words.upper()))
        if _DELIVERY.match(words) or _MESSAGE_ID.match(words):
            return GoTo(link("/explain", id=words))
        try:
            customers, because = await self._customers(words)
        except InvalidInput as error:
            return _list(given, [], None, problem=error.public)
        query = TicketQuery(
            mailbox=given["mailbox"],
            handler=given["handler"],
            user_group=given["user_group"],
            area=given["area"],
            process=given["process"],
            status=given["status"],
            flag=given["flag"],
            customers=customers,
        )
        after = ask.given("after")
        found = await self.index.search(query, limit=PAGE + 1, after=after)
        return _list(given, found, because, later=after is not None)

    async def show(self, ask: Ask) -> Page:
        """404 where there is no such ticket."""
        ticket_id = ask.path["id"]
        found = await self.index.find(ticket_id)
        if found is None:
            text = "There is no such ticket, or it was forgotten long after it was closed."
            return Page("problem", "No such ticket", {"text": text, "status": 404}, 404)
        state, ticket = found.state, found.state.ticket
        messages = list(reversed(state.messages))[:MESSAGES_SHOWN]
        values = {
            "ticket": ticket,
            "fields": _fields(ticket),
            "messages": [_message(tag) for tag in messages],
            "messages_known": len(state.messages),
            "revisions": found.revisions,
            "clocks": await self._clocks(state),
        }
        return Page("ticket", ticket.ticket_id, values)

    async def _customers(self, words: str) -> tuple[Customers | None, str | None]:
        if not words:
            return None, None
        if len(words) > 320:
            raise InvalidInput("A search has 320 characters at most.")
        meant = await meant_customers(words, self.directory())
        return meant.customers, meant.because

    async def _clocks(self, state: TicketState) -> list[dict[str, object]]:
        if state.ticket.sla is None:
            return []
        return [_clock(clock) for clock in sla_ledger(state, await self.policy(), self.now())]


def _list(
    given: Mapping[str, str | None],
    found: Sequence[RoutedTicket],
    because: str | None,
    *,
    later: bool = False,
    problem: str | None = None,
) -> Page:
    """The form with what was asked, and one ticket less than was looked for."""
    values = {
        "given": given,
        "because": because,
        "problem": problem,
        "statuses": [(status, status) for status in STATUSES],
        "rows": [_row(ticket) for ticket in found[:PAGE]],
        "next": found[PAGE - 1].ticket_id if len(found) > PAGE else None,
        "later": later,
    }
    return Page("tickets", "Tickets", values, 200 if problem is None else 400)


def _row(ticket: RoutedTicket) -> dict[str, object]:
    sla = ticket.sla
    return {
        "id": ticket.ticket_id,
        "opened_at": ticket.opened_at,
        "status": ticket.status,
        "mailbox": ticket.mailbox,
        "where": f"{ticket.process} / {ticket.area}",
        "who": assignment(ticket),
        "customer": customer(ticket),
        "sla": f"{sla.contract}/{sla.level}" if sla else None,
        "paused": sla is not None and sla.paused,
        "due_at": next_due(sla) if sla else None,
        "flags": ticket.flags,
        "deliveries": ticket.deliveries,
    }


def _fields(ticket: RoutedTicket) -> list[tuple[str, str, str]]:
    """Name, value and what gave it; a line that continues the one before has no name of its own."""
    found: list[tuple[str, str, str]] = []
    for name, value in ticket_fields(ticket):
        if not name and found:
            before = found.pop()
            found.append((before[0], before[1] + value, before[2]))
        elif name not in _NOT_SHOWN:
            found.append((name, value, ticket.sources.get(name, "")))
    return found


def _message(tag: MessageTag) -> dict[str, object]:
    return {
        "id": tag.delivery_id,
        "received_at": tag.received_at,
        "classification": tag.classification,
        "contact": tag.contact_id or "unknown",
        "requires": requirements(tag),
        "private_to": tag.private_to,
        "content_until": tag.content_until,
        "suppressed": tag.suppressed,
    }


def _clock(clock: ClockLedger) -> dict[str, object]:
    latest = clock.stretches[-STRETCHES_SHOWN:]
    return {
        "clock": clock.clock,
        "promised": clock.promised,
        "standing": standing(clock),
        "breached": clock.breached,
        "left_out": len(clock.stretches) - len(latest),
        "stretches": [
            (each.start, each.end, plain(each.end - each.start), each.counted, each.why) for each in latest
        ],
    }
