"""No sender trips the brake, however strange the mail: it is routed by its envelope, and is no fault of ours (P8)."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import pytest

from schemas import topics
from schemas.command import CommandResult
from schemas.decision import RoutingDecision
from tests.faults.mails import GARBAGE
from tests.support.builders import an_inbound_mail
from tests.support.hostile_mails import HOSTILE
from tests.support.shipped_examples import an_example
from tests.unit.processors.test_route import World, a_record, world
from workers.adapters.topic_specs import topic_specs
from workers.ports import InRecord, OutRecord
from workers.streams.brake import Brake

__all__ = ["world"]

MAILS, BATCH = 200, 50
LIMITS = {spec.name: int(spec.configs["max.message.bytes"]) for spec in topic_specs("", 4, 1)}


def fits(record: OutRecord) -> bool:
    """A record that its topic does not take would stop the lane for ever."""
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers + 1_000 < LIMITS[record.topic]


def hostile_records() -> list[InRecord]:
    """What is made to cost minutes, and then garbage of every kind; each a delivery of its own."""
    random = Random(4)
    strange = [make(f"g{n}", random) for n in range(MAILS) for make in GARBAGE]
    raws = [*HOSTILE.values(), *strange][:MAILS]
    return [
        a_record(
            topics.MAIL_INBOUND.name, an_inbound_mail(raw, delivery_id=f"{n:032x}", ticket_id=f"T-{n}"), n
        )
        for n, raw in enumerate(raws)
    ]


@pytest.mark.parametrize(
    ("name", "letters", "why"),
    [
        *((name, 1_000_000, "is larger than") for name in ("command_id", "ticket_id", "kind", "value")),
        *(
            (name, 300, "is longer than")
            for name in ("command_id", "ticket_id", "kind", "actor", "delivery_id")
        ),
    ],
)
async def test_an_oversized_command_is_set_aside_whole_and_answered(
    world: World, name: str, letters: int, why: str
) -> None:
    """Given a command that its topic just takes, then nothing written about it is too large for where it goes."""
    command = json.loads(an_example(topics.TICKETS_COMMANDS).write()) | {name: "x" * letters}
    record = a_record(topics.TICKETS_COMMANDS.name, json.dumps(command).encode(), 9)
    outcome = await world.decide(record)
    assert [] == [o.topic for o in outcome.outputs if not fits(o)]
    assert [False] == list(outcome.own_faults)
    (letter,) = [o for o in outcome.outputs if o.topic == topics.MAIL_DEAD_LETTER.name]
    assert record.value == letter.value
    (answer,) = [o for o in outcome.outputs if o.topic == topics.TICKETS_COMMAND_RESULTS.name]
    assert why in CommandResult.read(answer.value or b"").reason


async def test_two_hundred_hostile_mails_in_a_row_count_as_no_fault_of_ours(world: World) -> None:
    """Given nothing but strange mail, when all of it is decided, then the brake stands as before."""
    records, brake = hostile_records(), Brake()
    outcomes: Counter[str] = Counter()
    for start in range(0, MAILS, BATCH):
        outcome = await world.decide(*records[start : start + BATCH])
        brake = brake.after(outcome.own_faults)
        assert [] == [o.topic for o in outcome.outputs if not fits(o)]
        receipts = [o for o in outcome.outputs if o.topic == topics.ROUTING_DECISIONS.name]
        outcomes.update(RoutingDecision.read(receipt.value or b"").outcome for receipt in receipts)
    assert (0, False) == (sum(brake.recent), brake.tripped)
    assert MAILS == sum(outcomes.values())
    assert 0 == outcomes["dead-lettered"]
