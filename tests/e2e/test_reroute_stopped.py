"""A re-routing that is killed, stopped and run twice at once ends as one clean run, with live mail beside it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running_up import STELLWERK, Json, Reading, RunningUp, a_mail, reading
from tests.support import operated
from tests.support.operated_up import operated_up
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

SUPPORT = "support@acme.example"
TICKETS = 24
APPLY = ("reroute", "--since=2026-01-01", "--apply", "--actor=rosa", "--yes", "--id=night")
PASSING = ("ticket_id", "opened_at", "reply", "cause", "sla")


@pytest.fixture(scope="module")
def own(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningUp]:
    """An installation of this file's own: its policy changes."""
    with operated_up(kafka, valkey, tmp_path_factory.mktemp("own")) as running:
        yield running


def started(up: RunningUp, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [STELLWERK, *APPLY, *options],
        env=dict(up.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def rerouted(topics: Reading, number: int) -> None:
    """So many revisions by re-routing are there."""
    while len(by_rerouting(topics)) < number:
        await topics.until("tickets.routed", len(topics.all("tickets.routed")) + 1)


def by_rerouting(topics: Reading) -> list[Json]:
    found = [record.value for record in topics.all("tickets.routed")]
    return [ticket for ticket in found if ticket["cause"]["kind"] == "reroute"]


async def everywhere(topics: Reading, handler: str) -> None:
    """All tickets have this handler, as they stand last."""
    while set(handlers(topics).values()) != {handler}:
        await topics.until("tickets.routed", len(topics.all("tickets.routed")) + 1)


def handlers(topics: Reading) -> dict[str, str | None]:
    """By ticket, the last one told."""
    return {each.value["ticket_id"]: each.value["handler"] for each in topics.all("tickets.routed")}


def answer(up: RunningUp, *command: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(up.told(*command, "--json"))
    return found


def lasting(ticket: Json) -> Json:
    """Without what is each ticket's own."""
    return {name: value for name, value in ticket.items() if name not in PASSING}


async def test_stopped_by_all_means_it_ends_as_one_clean_run(own: RunningUp, tmp_path: Path) -> None:
    """P2 R11: each ticket is re-routed once, in its order, and the live follow-up is not lost."""
    for number in range(TICKETS):
        assert 250 == own.send(a_mail("jan@acme.test", message_id=f"<n{number}@acme.test>"), SUPPORT)[0]
    async with reading(own, "tickets.routed", "routing.decisions") as topics:
        tickets = [each.value["ticket_id"] for each in await topics.until("tickets.routed", TICKETS)]
        live = operated.with_handler(operated.a_policy(), "petr", "jana")
        path = operated.write(live, tmp_path / "policy.yaml")
        assert 0 == own.run("policy", "publish", str(path), "--yes").returncode
        clean = answer(own, "reroute", tickets[0], "--apply", "--actor", "rosa", "--yes")
        assert (1, 1) == (clean["commands"], clean["accepted"])

        killed = started(own, "--rate=2")
        await rerouted(topics, 4)
        assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
        await asyncio.to_thread(killed.communicate, timeout=60)
        before = len(by_rerouting(topics))
        stopped = started(own, "--rate=1")
        follow_up = a_mail("jan@acme.test", in_reply_to=f"<n{TICKETS - 1}@acme.test>")
        assert 250 == own.send(follow_up, SUPPORT)[0]
        await rerouted(topics, before + 3)
        stopped.send_signal(signal.SIGINT)
        _, told = await asyncio.to_thread(stopped.communicate, timeout=120)
        twice = [started(own), started(own)]
        ends = [await asyncio.to_thread(each.communicate, timeout=240) for each in twice]
        again = answer(own, "reroute", "--since=2026-01-01")
        verified = answer(own, "verify")
        await everywhere(topics, "jana")
        applied = Counter(
            each.value["ticket_id"] for each in topics.all("routing.decisions", outcome="applied")
        )

    assert (130, True) == (stopped.returncode, "--id night" in told)
    assert "Traceback" not in told
    assert [0, 0] == [each.returncode for each in twice], ends
    assert (0, True) == (again["changed_tickets"], verified["holds"])
    [followed] = {each.value["ticket_id"] for each in topics.all("tickets.routed", deliveries=2)}
    once = [
        ticket_id for ticket_id in tickets if ticket_id != followed
    ]  # by its follow-up, or re-routed as well
    assert dict.fromkeys(once, 1) == {ticket_id: applied[ticket_id] for ticket_id in once}
    assert applied[followed] <= 1
    for ticket_id in tickets:
        revisions = [each.value["revision"] for each in topics.all("tickets.routed", ticket_id=ticket_id)]
        assert list(range(1, len(revisions) + 1)) == revisions
    by_ticket = {ticket["ticket_id"]: lasting(ticket) for ticket in by_rerouting(topics)}
    assert [by_ticket[tickets[0]]] * len(once) == [by_ticket[ticket_id] for ticket_id in once]
