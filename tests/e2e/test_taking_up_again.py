"""What was lost or set aside is taken up again exactly once: by commands, with the real services."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from tests.faults.provision import POLICY
from tests.faults.topic_reader import read_topics
from tests.support.eventually import eventually
from tests.support.installed import Installed, installed_processes
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

pytestmark = pytest.mark.slow


@pytest.fixture
async def installed(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Installed]:
    async with installed_processes(kafka, valkey, topic_prefix, tmp_path) as installed:
        yield installed


async def test_a_lost_mail_is_repaired_once_even_if_it_turns_up_after_all(installed: Installed) -> None:
    """Given a lane moved past mail 1, when repaired twice and moved back, then each mail has one receipt."""
    await installed.send(0)
    await installed.receipts_are({("mail.inbound", 0, 0, "routed"): 1})
    await installed.work.stop()
    await installed.send(1)
    await installed.send(2)
    await installed.move_position(2)
    installed.work.start()
    await installed.receipts_are({("mail.inbound", n, 0, "routed"): 1 for n in (0, 2)})

    said = await installed.fails("reconcile", "--json")
    assert '"unaccounted": {"0": [1]}' in said
    await eventually(lambda: 1.0 == installed.metric('stellwerk_unaccounted_mails{partition="0"}'), within=30)
    answers = await asyncio.gather(*(_repair(installed) for _ in range(2)))
    assert any(json.loads(answer.splitlines()[-1])["holds"] for answer in answers)

    await installed.work.stop()
    await installed.move_position(1)
    installed.work.start()
    await installed.send(3)
    turned_up: dict[tuple[str, int, int, str], int] = {
        ("mail.inbound", 0, 0, "routed"): 1,
        ("mail.inbound", 1, 0, "routed"): 1,
        ("mail.inbound", 2, 0, "routed"): 1,
        (
            "mail.inbound",
            2,
            0,
            "duplicate",
        ): 1,  # decided before, and not a repaired one
        ("mail.inbound", 3, 0, "routed"): 1,
    }
    await installed.receipts_are(turned_up)
    assert '"doubled": {"0": [2]}' in await installed.fails("reconcile", "--json")
    await eventually(lambda: 1.0 == installed.metric('stellwerk_doubled_mails{partition="0"}'), within=30)


async def _repair(installed: Installed) -> str:
    """Exit 1 is possible: the other operator's repair may not be decided yet."""
    try:
        return await installed.run("reconcile", "--repair", "--yes", "--json")
    except AssertionError as error:
        return str(error).splitlines()[-2]


async def test_a_dead_letter_is_redriven_once_by_two_operators(installed: Installed) -> None:
    """Given a mail whose mailbox left the policy, when it is back, then two redrives route it once, late."""
    await installed.send(0, "orders@acme.example")
    await installed.receipts_are({("mail.inbound", 0, 0, "routed"): 1})
    await installed.work.stop()
    await installed.send(1, "orders@acme.example")
    without = installed.directory / "without.yaml"
    without.write_text("\n".join(line for line in POLICY.splitlines() if "orders@acme" not in line))
    await installed.run("policy", "publish", str(without), "--yes")
    installed.work.start()
    aside = {("mail.inbound", 0, 0, "routed"): 1, ("mail.inbound", 1, 0, "dead-lettered"): 1}
    await installed.receipts_are(aside)

    (letter,) = await _letters(installed)
    assert "open" == letter["state"]
    await installed.run("policy", "publish", str(installed.directory / "policy.yaml"), "--yes")
    await eventually(lambda: _published(installed, 3), within=20, every=0.5)
    await asyncio.sleep(3)  # no command says yet that every worker follows the new policy
    order = ("dead-letters", "redrive", letter["id"], "--yes", "--json")
    await asyncio.gather(installed.run(*order), installed.run(*order))
    await installed.receipts_are(aside | {("mail.inbound", 1, 1, "routed"): 1})
    assert [] == await _letters(installed)
    routed = read_topics(installed.bootstrap, ["tickets.routed"], installed.prefix)["tickets.routed"]
    assert "late" in routed[-1].json["flags"]
    await installed.run("verify", "--json")
    assert json.loads(await installed.run("reconcile", "--json"))["holds"]


async def test_a_record_that_never_decodes_is_set_aside_again_and_can_be_discarded(
    installed: Installed,
) -> None:
    """Given garbage in mail.inbound, when redriven it is set aside again; when discarded it is closed."""
    producer = AIOKafkaProducer(bootstrap_servers=installed.bootstrap)
    await producer.start()
    await producer.send_and_wait(f"{installed.prefix}mail.inbound", b"no JSON", key=b"T-X", partition=0)
    await producer.stop()
    await installed.receipts_are({("mail.inbound", 0, 0, "dead-lettered"): 1})
    (first,) = await _letters(installed)
    assert "set aside again" in await installed.fails("dead-letters", "redrive", "--all", "--yes")
    (second,) = await _letters(installed)
    assert (first["id"], 0) != (second["id"], second["attempt"])
    await installed.run("dead-letters", "discard", second["id"], "--yes")
    assert [] == await _letters(installed)
    outcomes = {("dead-lettered", 0): 1, ("dead-lettered", 1): 1, ("discarded", 2): 1}
    assert outcomes == Counter(
        (outcome, attempt) for _, _, attempt, outcome in installed.receipts().elements()
    )


async def test_a_suppressed_mail_is_released_once(installed: Installed) -> None:
    """Given an automatic answer that opened no ticket, when it is released twice at once, then it is routed once."""
    headers = (("Auto-Submitted", "auto-replied"), ("Subject", "Out of office"))
    await installed.send(0, headers=headers)
    await installed.receipts_are({("mail.inbound", 0, 0, "suppressed"): 1})
    (entry,) = [
        json.loads(line) for line in (await installed.run("suppressed", "list", "--json")).splitlines()
    ]
    order = ("suppressed", "release", entry["delivery_id"], "--yes", "--json")
    said = await asyncio.gather(installed.run(*order), installed.run(*order))
    assert ["routed", "routed"] == [json.loads(answer)["outcome"] for answer in said]
    await installed.receipts_are(
        {("mail.inbound", 0, 0, "suppressed"): 1, ("mail.inbound", 0, 1, "routed"): 1}
    )
    assert "" == await installed.run("suppressed", "list", "--json")


async def _letters(installed: Installed) -> list[dict[str, Any]]:
    out = await installed.run("dead-letters", "list", "--json")
    return [json.loads(line) for line in out.splitlines()]


def _published(installed: Installed, versions: int) -> bool:
    found = read_topics(installed.bootstrap, ["policy.activations"], installed.prefix)
    return len(found["policy.activations"]) >= versions
