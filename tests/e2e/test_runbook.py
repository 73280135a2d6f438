"""deploy/RUNBOOK.md, taken at its word: each condition is made, its metric shows it, and the text heals it.

One installation for all; each test leaves it well, but for the last, after which a loss stays known.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from schemas.topics import MAIL_INBOUND, ORDERS_PLACED, ORDERS_POSITIONS, TICKETS_ROUTED, TICKETS_STATE
from tests.faults.topic_reader import read_topics
from tests.support.eventually import eventually
from tests.support.installed import Installed, installed_processes
from tests.support.runbook_steps import (
    an_order,
    braked,
    decided,
    delete_all_mail_but_the_last,
    json_lines,
    make_anew,
    priced,
    put,
    restart,
    restore_tickets,
    runs,
    said,
    working_with,
)
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.kafka_admin import kafka_admin
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.topic_plan import Drift

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

RECORDS = 45
"""Enough to trip the brake twice: what came before it in a batch of its own is set aside."""
BIG = (("X-Padding", "x" * 70),) * 14_000
"""More than what a record holds: such a mail's content is a blob."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def installed(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installed]:
    directory = tmp_path_factory.mktemp("runbook")
    async with installed_processes(kafka, valkey, f"rb{uuid4().hex[:6]}.", directory) as installed:
        await installed.send(0)
        await eventually(lambda: decided(installed) == 1, within=60, every=0.3)
        yield installed


async def test_what_trips_the_brake_for_ever_is_let_through_once_and_given_up(installed: Installed) -> None:
    """`brake`: given records of ours that nothing can read, then a restart brakes again; a higher limit drains them."""
    before = decided(installed)
    await put(installed, MAIL_INBOUND.name, [b"no JSON"] * RECORDS)
    await braked(installed, "brake")
    set_aside = decided(installed) - before
    await restart(installed)
    await braked(installed, "brake")
    assert RECORDS > set_aside == decided(installed) - before

    await installed.work.stop()
    async with working_with(
        installed, STELLWERK_ROUTING__BRAKE_IN_A_ROW="100000", STELLWERK_ROUTING__BRAKE_SHARE="1"
    ):
        await eventually(lambda: decided(installed) == before + RECORDS, within=60, every=0.3)
    installed.work.start()
    await runs(installed)
    assert RECORDS == len(await json_lines(installed, "dead-letters", "list", "--json"))
    await installed.run("dead-letters", "discard", "--all", "--stage", "decode", "--yes")
    assert [] == await json_lines(installed, "dead-letters", "list", "--json")
    assert json.loads(await installed.run("reconcile", "--json"))["holds"]


async def test_an_output_that_the_broker_refuses_waits_for_topics_apply(installed: Installed) -> None:
    """`output-too-large`: given a topic that takes less than we write, then `topics apply` and a restart."""
    before = decided(installed)
    name = installed.prefix + TICKETS_ROUTED.name
    async with kafka_admin(KafkaConnection(installed.bootstrap)) as admin:
        await admin.mend([Drift(name, "max.message.bytes", "", "300")])
    await installed.send(10)
    await braked(installed, "output-too-large")
    assert name in await installed.run("topics", "apply")
    await restart(installed)
    await eventually(lambda: decided(installed) == before + 1, within=60, every=0.3)


async def test_the_lost_place_of_orders_is_found_again(installed: Installed) -> None:
    """`state-lost` of `price`: given orders.positions made anew, then no order is priced twice or skipped."""
    await put(installed, ORDERS_PLACED.name, [an_order(n) for n in range(3)])
    await eventually(lambda: 3 == len(priced(installed)), within=60, every=0.3)
    await installed.work.stop()
    await make_anew(installed, ORDERS_POSITIONS.name)
    await put(installed, ORDERS_PLACED.name, [an_order(3)])
    installed.work.start()
    await braked(installed, "state-lost", service="price")
    assert "state-lost" in await installed.fails("lanes", "list")

    assert "reads on at 3" in await said(installed, "lanes", "resume", "price", "0", "--yes")
    await restart(installed)
    await eventually(lambda: 4 == len(priced(installed)), within=60, every=0.3)
    assert [f"o-{n}" for n in range(4)] == [record.key for record in priced(installed)]
    assert "can go on by itself" in await installed.fails("lanes", "resume", "price", "0", "--yes")


async def test_a_mail_whose_blob_is_gone_is_set_aside_until_it_is_back(installed: Installed) -> None:
    """Given a store that is away, then 451; given a blob that is gone, then a dead letter, and `redrive`."""
    before, blobs, away = decided(installed), installed.directory / "blobs", installed.directory / "away"
    await installed.work.stop()
    await installed.send(20, headers=BIG)
    blobs.rename(away)
    blobs.touch()
    assert "deferred" == await installed.try_to_send(21, headers=BIG)
    blobs.unlink()
    blobs.mkdir()
    installed.work.start()
    await eventually(lambda: decided(installed) == before + 1, within=60, every=0.3)
    (letter,) = await json_lines(installed, "dead-letters", "list", "--json")
    assert "There is no such blob" in letter["reason"]
    assert '"holds": true' in await installed.fails("reconcile", "--json")

    blobs.rmdir()
    blobs.touch()
    await eventually(lambda: 0 == installed.metric('stellwerk_dependency_up{dependency="blobs"}'), within=20)
    blobs.unlink()
    away.rename(blobs)
    await eventually(lambda: 1 == installed.metric('stellwerk_dependency_up{dependency="blobs"}'), within=20)
    answer = json.loads(await installed.run("dead-letters", "redrive", letter["id"], "--yes", "--json"))
    assert "routed" == answer["outcome"]
    assert json.loads(await installed.run("reconcile", "--json"))["holds"]


async def test_lost_tickets_stop_the_lane_until_their_topic_is_restored(installed: Installed) -> None:
    """`state-lost`: given tickets.state deleted and made anew, then nothing is decided before its backup is back."""
    before = decided(installed)
    backup = read_topics(installed.bootstrap, [TICKETS_STATE.name], installed.prefix)[TICKETS_STATE.name]
    await installed.work.stop()
    await make_anew(installed, TICKETS_STATE.name)
    await installed.send(30)
    installed.work.start()
    await braked(installed, "state-lost")
    assert "state-lost" in await installed.fails("lanes", "list", "--json")
    assert "restore the topic" in await installed.fails("lanes", "resume", "route", "0", "--yes")

    await restore_tickets(installed, backup)
    await restart(installed)
    await eventually(lambda: decided(installed) == before + 1, within=60, every=0.3)
    await installed.run("verify", "--json")


async def test_mail_that_was_deleted_unread_is_counted_and_the_lane_set_on_behind_it(
    installed: Installed,
) -> None:
    """`records-deleted-unread`: given retention without workers, then the rest is decided and the loss has a number."""
    before = decided(installed)
    await installed.work.stop()
    for number in (40, 41, 42):
        await installed.send(number)
    end = await delete_all_mail_but_the_last(installed)
    installed.work.start()
    await braked(installed, "records-deleted-unread")
    assert "records-deleted-unread" in await installed.fails("lanes", "list", "--json")

    told = await said(installed, "lanes", "resume", "route", "0", "--yes")
    assert f"{installed.prefix}mail.inbound-0: reads on at {end - 1}" in told
    await restart(installed)
    await eventually(lambda: decided(installed) == before + 1, within=60, every=0.3)
    await eventually(lambda: 2 == installed.metric('stellwerk_unaccounted_mails{partition="0"}'), within=30)
    told = await installed.fails("reconcile", "--repair", "--yes", "--no-blobs")
    assert "2 mails are no longer in mail.inbound" in told
