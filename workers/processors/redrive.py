"""Dead letters tried again, or given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.decision import RoutingDecision
from schemas.mail import Supersedes
from schemas.take_up import TakeUp
from workers.processors.dead_letters import SetAside
from workers.processors.take_up_orders import carry_out
from workers.processors.topic_reader import RecordWriter, TopicReader

Action = Literal["redrive", "discard"]


@dataclass(frozen=True, slots=True)
class Result:
    """`receipt` None: not decided in time; it is on its way all the same."""

    letter: SetAside
    receipt: RoutingDecision | None


def order_for(letter: SetAside, action: Action, *, actor: str, at: datetime) -> TakeUp:
    """The next attempt. Two operators make the same order, and the lane carries out one of them."""
    attempt = letter.letter.attempt
    return TakeUp(
        action=action,
        record=letter.record,
        source=letter.source,
        attempt=attempt + 1,
        supersedes=Supersedes(attempt=attempt, outcome="dead-lettered"),
        timestamp_ms=letter.original.timestamp_ms,
        actor=actor,
        at=at,
    )


async def act_on(
    reader: TopicReader,
    writer: RecordWriter,
    letters: Sequence[SetAside],
    action: Action,
    *,
    actor: str,
    at: datetime,
    wait_seconds: float = 30.0,
) -> list[Result]:
    """Doing it again, or by two at once, changes nothing. Raises `DependencyUnavailable`."""
    orders = [(order_for(letter, action, actor=actor, at=at), letter.original) for letter in letters]
    receipts = await carry_out(reader, writer, orders, wait_seconds)
    return [Result(letter, receipt) for letter, receipt in zip(letters, receipts, strict=True)]
