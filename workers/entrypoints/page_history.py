"""Pages that read topics: the receipt of a decision, and what was set aside. They show what the commands show."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.decision import Step
from schemas.topics import ORDERS_PLACED
from workers.adapters.page_answers import Ask, Page
from workers.entrypoints.dead_letter_pages import as_json
from workers.entrypoints.receipt_pages import mail_lines, requirements, versions
from workers.entrypoints.ticket_pages import assignment, sla_line
from workers.errors import InvalidInput
from workers.page_ports import TicketIndex
from workers.processors.dead_letters import OPEN, SetAside, list_set_aside
from workers.processors.explain import Explained, explain
from workers.processors.topic_reader import TopicReader

DECISIONS_SHOWN = 10
LOOKED_SHOWN = 100
LETTERS_SHOWN = 200
HEADERS_SHOWN = 50
DAYS = (1, 7, 30, 90, 400)
USUAL_DAYS = 7
USUAL_LETTER_DAYS = 30
_BEFORE = timedelta(hours=1)
"""The broker's time of a first receipt is after its mail's; clocks differ."""

Reader = Callable[[], AbstractAsyncContextManager[TopicReader]]


@dataclass(frozen=True, slots=True)
class HistoryPages:
    """`reader`: a gentle one, connected anew for each page. `prefix`: of the installation's topics."""

    reader: Reader
    index: TicketIndex
    prefix: str
    now: Callable[[], datetime]

    async def explain(self, ask: Ask) -> Page:
        """Of a ticket, and of a message of one: since it came. Of all else: as far back as asked."""
        id_ = ask.path.get("id") or ask.given("id")
        values: dict[str, object] = {"id": id_ or "", "days": DAYS, "limit": DECISIONS_SHOWN}
        chosen = _days(ask, USUAL_DAYS)
        values["chosen"] = chosen
        if id_ is None:
            return Page("explain", "Explain", {**values, "decisions": None, "tickets": (), "what": ""})
        came_at = None if ask.given("days") else await self._came_at(id_, ask.given("ticket"))
        since = self.now() - timedelta(days=chosen) if came_at is None else came_at - _BEFORE
        async with self.reader() as reader:
            found = await explain(reader, id_, limit=DECISIONS_SHOWN, since=since)
        values |= {
            "what": found.what,
            "since": since,
            "decisions": [_decision(each) for each in reversed(found.decisions)],
            "tickets": [(each, assignment(each), sla_line(each.sla)) for each in found.tickets],
        }
        return Page("explain", "Explain", values, 200 if found.decisions else 404)

    async def dead_letters(self, ask: Ask) -> Page:
        """Those set aside within the chosen time, the newest first."""
        days, stage, closed = _days(ask, USUAL_LETTER_DAYS), ask.given("stage"), ask.given("closed") == "yes"
        since = self.now() - timedelta(days=days)
        async with self.reader() as reader:
            found = await list_set_aside(reader, self.prefix, since=since, closed=closed)
        wanted = [letter for letter in found if stage in (None, letter.letter.stage)]
        values = {
            "days": DAYS,
            "chosen": days,
            "stage": stage or "",
            "stages": ("decode", "enrich", "route", "command", "price"),
            "closed": closed,
            "letters": list(reversed(wanted))[:LETTERS_SHOWN],
            "found": len(wanted),
        }
        return Page("dead_letters", "Dead letters", values)

    async def dead_letter(self, ask: Ask) -> Page:
        """Why it is here and where it came from; its raw value only `stellwerk dead-letters show --json` gives."""
        days = _days(ask, USUAL_LETTER_DAYS)
        since = self.now() - timedelta(days=days)
        async with self.reader() as reader:
            found = await list_set_aside(reader, self.prefix, since=since, closed=True)
        letter = next((each for each in found if each.id == ask.path["id"]), None)
        if letter is None:
            text = "There is no dead letter with this id in the time that was looked at."
            return Page("problem", "No such dead letter", {"text": text, "status": 404}, 404)
        values = {
            "letter": letter,
            "fields": [(name, str(value)) for name, value in as_json(letter).items() if name != "at"],
            "headers": _headers(letter),
            "is_open": letter.state == OPEN,
            "is_order": letter.record.topic == ORDERS_PLACED.name,
        }
        return Page("dead_letter", f"Dead letter {letter.id}", values)

    async def _came_at(self, id_: str, ticket_id: str | None) -> datetime | None:
        """When the ticket was opened, or its message received; None where that is not known."""
        found = await self.index.find(id_ if id_.startswith("T-") else ticket_id or "")
        if found is None:
            return None
        received = [tag.received_at for tag in found.state.messages if tag.delivery_id == id_]
        return received[0] if received else found.state.ticket.opened_at


def _days(ask: Ask, usual: int) -> int:
    given = ask.given("days") or str(usual)
    if given not in map(str, DAYS):
        raise InvalidInput(f"days: one of {', '.join(map(str, DAYS))}")
    return int(given)


def _decision(explained: Explained) -> dict[str, object]:
    receipt, tag = explained.receipt, explained.tag
    return {
        "receipt": receipt,
        "lines": [line.plain for line in mail_lines(explained.mail)] if explained.mail else [],
        "steps": [_step(step) for step in receipt.steps],
        "requires": None if tag is None else requirements(tag),
        "private_to": None if tag is None else tag.private_to,
        "versions": versions(receipt),
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "name": step.step,
        "result": step.result,
        "because": step.because,
        "looked_at": step.looked_at[:LOOKED_SHOWN],
        "more": max(0, len(step.looked_at) - LOOKED_SHOWN),
    }


def _headers(letter: SetAside) -> list[tuple[str, str]]:
    return [
        (name, octets.decode("utf-8", "replace")) for name, octets in letter.original.headers[:HEADERS_SHOWN]
    ]
