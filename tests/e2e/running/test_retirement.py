"""A ticket that was closed long ago is removed by order, and its customer's late mail still finds its way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import config
from tests.e2e.running_up import RunningUp, a_mail, reading
from tests.support.eventually import eventually

POLICY = Path(config.__file__).parent / "policy.yaml"
KEPT, FORGETFUL = "closed: {reopen_within: P14D}", "closed: {reopen_within: PT1M, retire_after: PT2M}"
GENEROUS_SECONDS = 240.0


@pytest.fixture
async def forgetful(up: RunningUp, tmp_path: Path) -> AsyncIterator[None]:
    """Closed tickets may go after two minutes; afterwards they are kept again."""
    file = tmp_path / "forgetful.yaml"
    file.write_text(POLICY.read_text().replace(KEPT, FORGETFUL, 1))
    await asyncio.to_thread(up.told, "policy", "publish", str(file), "--actor", "admin", "--yes")
    yield
    await asyncio.to_thread(up.told, "policy", "publish", str(POLICY), "--actor", "admin", "--yes")


async def test_a_closed_ticket_goes_by_order_and_a_late_mail_opens_its_follower(
    up: RunningUp, closed_early: str, forgetful: None
) -> None:
    """R21: given a ticket closed for long enough, when its removal is ordered twice, it goes once and history holds."""
    names = ("mail.inbound", "tickets.routed", "tickets.state", "routing.decisions")
    async with reading(up, *names) as topics:
        [accepted] = await topics.until("mail.inbound", message_id=closed_early)
        ticket_id = accepted.value["ticket_id"]

        async def ordered() -> bool:
            said = await asyncio.to_thread(up.told, "tickets", "retire", "--apply", "--yes", "--json")
            return ticket_id in {json.loads(line)["ticket_id"] for line in said.splitlines()}

        await eventually(ordered, within=GENEROUS_SECONDS, every=5.0)
        await topics.until("routing.decisions", ticket_id=ticket_id, command_id=f"retire:{ticket_id}:2")
        assert ticket_id not in await asyncio.to_thread(
            up.told, "tickets", "retire", "--apply", "--yes", "--json"
        )

        late = a_mail("jan@acme.test", References=closed_early)
        await asyncio.to_thread(up.send, late, "support@acme.example")
        [follower] = await topics.until("tickets.routed", follows=ticket_id)
    tombstones = [each for each in topics.seen if each.topic == "tickets.state" and not each.raw]
    assert 1 == [each.key for each in tombstones].count(ticket_id.encode())
    assert (1, "open") == (follower.value["revision"], follower.value["status"])
    assert json.loads(await asyncio.to_thread(up.told, "verify", "--json"))["holds"]
