"""The SLA clock with real services: each event once, never early, hardly late, whoever is killed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from tests.faults.evidence import Rec
from tests.faults.service import Service, run_command
from tests.faults.smtp_client import deliver
from tests.faults.topic_reader import read_topics
from tests.faults.world import free_port
from tests.support.builders import raw_mail
from tests.support.eventually import eventually
from tests.support.services import provisioned, working
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
TICKETS = 6
QUICK = {
    "office: {time_zone: Europe/Prague": "always: {time_zone: UTC, hours: {mon-sun: ['00:00-24:00']}}\n"
    "    office: {time_zone: Europe/Prague",
    "calendars: {": "calendars:\n    ",
    "holidays: CZ}}": "holidays: CZ}",
    "calendar: office, respond_within: PT4H, resolve_within: P3D, warn_before: PT1H": (
        "calendar: always, respond_within: PT1M, resolve_within: PT2M, warn_before: PT1M"
    ),
}


@dataclass(slots=True)
class Desk:
    """smtp, two routing workers and two clocks, on two partitions."""

    bootstrap: str
    prefix: str
    env: dict[str, str]
    port: int
    smtp: Service
    routes: Sequence[Service]
    clocks: Sequence[Service]

    async def send(self, number: int) -> None:
        content = raw_mail(message_id=f"<m{number}@c0.test>", sender="p1@c0.test")

        async def accepted() -> bool:
            return await deliver(self.port, "p1@c0.test", ["support@acme.example"], content) == "accepted"

        await eventually(accepted, within=60, every=0.2)

    def read(self, topic: str) -> list[Rec]:
        return read_topics(self.bootstrap, [topic], self.prefix)[topic]

    def told(self, *kinds: str) -> Counter[tuple[str, str]]:
        """(kind, clock) of the SLA events."""
        events = [event.json for event in self.read("tickets.sla")]
        return Counter((e["kind"], e["clock"]) for e in events if e["kind"] in kinds)

    def ticks(self, words: str) -> Counter[str]:
        """Commands of the clock by their id, which is the tick: how often each was published."""
        ids = (command.json["command_id"] for command in self.read("tickets.commands"))
        return Counter(id for id in ids if words in id)

    def all_answered(self) -> bool:
        """Each command, also each repetition."""
        return len(self.read("tickets.command-results")) == len(self.read("tickets.commands"))

    async def tells(self, kind: str, clock: str, within: float) -> None:
        """Each ticket's event is out."""
        await eventually(lambda: self.told(kind)[kind, clock] >= TICKETS, within=within, every=0.5)


@pytest.fixture
async def desk(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Desk]:
    port = free_port()
    env = await provisioned(kafka, valkey, topic_prefix, tmp_path, QUICK)
    env |= {"STELLWERK_SMTP__PORT": str(port)}
    async with working(env, tmp_path, "smtp", "route project", "route", "clock", "clock") as services:
        smtp, *workers = services
        yield Desk(kafka.bootstrap, topic_prefix, env, port, smtp, workers[:2], workers[2:])


async def test_each_ticket_is_warned_and_breached_once_while_everything_is_killed(desk: Desk) -> None:
    """Issue 8: by due time, through kill -9 of clocks and routing workers right when it is due."""
    for number in range(TICKETS):
        await desk.send(number)
    await desk.tells("warned", "respond", within=60)
    dues = sorted(_at(ticket.json["sla"]["respond_due_at"]) for ticket in desk.read("tickets.routed"))
    await _forge(desk, dues[-1])
    await _until(dues[0] - timedelta(seconds=2))
    for service in (*desk.clocks, desk.routes[0]):
        service.kill()
    await desk.tells("breached", "respond", within=60)
    await _until(dues[0] + timedelta(seconds=59))
    desk.clocks[0].kill()
    desk.routes[1].kill()
    await desk.tells("breached", "resolve", within=120)

    expected = {(kind, clock): TICKETS for kind in ("warned", "breached") for clock in ("respond", "resolve")}
    assert expected == dict(desk.told("warned", "breached"))
    assert sum(service.exits for service in (*desk.clocks, *desk.routes)) >= 5
    for event in desk.read("tickets.sla"):
        if event.json["kind"] == "breached":
            assert _at(event.json["due_at"]) <= _at(event.json["at"])
            late = _at(event.json["at"]) - _at(event.json["due_at"]) > timedelta(seconds=2)
            assert late is event.json["late"]
    revisions = Counter((r.key, r.json["revision"]) for r in desk.read("tickets.routed"))
    assert {1} == set(revisions.values())
    causes = Counter(record.json["cause"]["kind"] for record in desk.read("tickets.routed"))
    assert {"new-mail": TICKETS, "clock": 4 * TICKETS} == dict(causes)


async def test_what_came_due_while_no_clock_ran_is_told_once_and_late(desk: Desk) -> None:
    """Issue 8: after downtime; and `sla due` lists it meanwhile."""
    for clock in desk.clocks:
        await clock.stop()
    for number in range(TICKETS):
        await desk.send(number)
    await eventually(lambda: len(desk.read("tickets.routed")) == TICKETS, within=60, every=0.5)
    last = max(_at(r.json["sla"]["respond_due_at"]) for r in desk.read("tickets.routed"))
    await _until(last + timedelta(seconds=5))
    assert {} == dict(desk.told("warned", "breached"))
    due = await run_command(desk.env, "sla", "due", "--within", "1h", "--json")
    first = json.loads(due.splitlines()[0])
    assert (2 * TICKETS, "respond", True) == (len(due.splitlines()), first["clock"], first["overdue"])

    shown = json.loads(await run_command(desk.env, "sla", "show", first["ticket_id"], "--json"))
    respond, resolve = shown["clocks"]
    assert ("PT1M", "PT0S", "PT2M") == (respond["promised"], respond["left"], resolve["promised"])
    assert [(True, "open")] == [(each["counted"], each["why"]) for each in resolve["stretches"]]

    desk.clocks[0].start()
    await desk.tells("breached", "respond", within=60)
    breached = [e.json for e in desk.read("tickets.sla") if (e.json["kind"], e.json["clock"]) == _BREACHED]
    assert ([True] * TICKETS, TICKETS) == (
        [event["late"] for event in breached],
        desk.told("warned")["warned", "respond"],
    )


_BREACHED = ("breached", "respond")
_PLACE = ("kind", "clock", "due_at")


async def test_a_clock_that_dies_right_after_its_ticks_doubles_nothing(
    desk: Desk, valkey: EmbeddedValkey, tmp_path: Path
) -> None:
    """Issue 8: kill -9 before its schedule knows of them, again and again; then Redis comes back empty."""
    for clock in desk.clocks:
        await clock.stop()
    for number in range(TICKETS):
        await desk.send(number)
    await eventually(lambda: len(desk.read("tickets.routed")) == TICKETS, within=60, every=0.5)
    for route in desk.routes:
        await route.stop()
    env = desk.env | {"PYTHONPATH": str(ROOT)}
    dying = Service("dying", [sys.executable, "-m", "tests.support.dying_clock"], env, tmp_path)
    dying.start()
    await eventually(lambda: max(desk.ticks("warned|respond").values(), default=0) >= 3, within=120)
    await dying.stop()
    await asyncio.to_thread(valkey.restart)
    for service in (*desk.routes, desk.clocks[0]):
        service.start()
    await desk.tells("warned", "respond", within=60)
    await eventually(desk.all_answered, within=30, every=0.5)

    assert TICKETS == desk.told("warned")["warned", "respond"]
    told = Counter((e.key, *(e.json[name] for name in _PLACE)) for e in desk.read("tickets.sla"))
    assert {1} == set(told.values())
    assert dying.exits >= 2
    revisions = Counter((r.key, r.json["revision"]) for r in desk.read("tickets.routed"))
    assert {1} == set(revisions.values())


async def _forge(desk: Desk, due_at: datetime) -> None:
    """Whoever can write commands claims that it is past the due time already."""
    ticket = next(r for r in desk.read("tickets.routed") if _at(r.json["sla"]["respond_due_at"]) == due_at)
    command = {
        "command_id": "forged",
        "ticket_id": ticket.key,
        "kind": "clock",
        "actor": "stellwerk",
        "at": (due_at + timedelta(hours=1)).isoformat(),
        "value": {"kind": "breached", "clock": "respond", "due_at": due_at.isoformat()},
    }
    producer = AIOKafkaProducer(bootstrap_servers=desk.bootstrap)
    await producer.start()
    await producer.send_and_wait(
        f"{desk.prefix}tickets.commands", json.dumps(command).encode(), key=ticket.key.encode()
    )
    await producer.stop()

    def answers() -> list[str]:
        results = [r.json for r in desk.read("tickets.command-results")]
        return [r["reason"] for r in results if r["command_id"] == "forged"]

    assert ["not due yet"] == await eventually(answers, within=20, every=0.3)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def _until(at: datetime) -> None:
    """The clock is the condition here."""
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
