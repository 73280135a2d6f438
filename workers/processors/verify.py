"""P3 over the kept history: every decision is made again from its recorded inputs, and compared bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack

from schemas.event import Event
from schemas.topics import MESSAGES_PRIVACY_TAGGED, TICKETS_ROUTED, TICKETS_SLA, Topic
from workers.processors.kept_history import KeptHistory, seldom
from workers.processors.kept_inputs import event_id
from workers.processors.policy_archive import PolicyArchive
from workers.processors.verification_report import Report
from workers.processors.verified_lane import VerifiedLane
from workers.routing.identity import Signer

_COMPARED: tuple[Topic[Event], ...] = (TICKETS_ROUTED, MESSAGES_PRIVACY_TAGGED, TICKETS_SLA)

Step = Callable[[int], None]


async def verify(
    history: KeptHistory,
    policies: PolicyArchive,
    signer: Signer,
    partitions: list[int] | None = None,
    step: Step = lambda _: None,
) -> Report:
    """All decisions of the period, in these partitions (None: in all). `step` is told now and then how many were
    compared.

    Receipts are compared with the decision made again, and with them the events that they explain: tickets and
    SLA events and tags. What compaction or retention took away is not missed. Raises `DependencyUnavailable`.
    """
    report, tell = Report(), seldom(step)
    for partition in await history.partitions() if partitions is None else partitions:
        async with AsyncExitStack() as stack:
            windows = {
                topic.name: await stack.enter_async_context(history.window(topic, partition, event_id))
                for topic in _COMPARED
            }
            lane = VerifiedLane(report, policies, signer, windows)
            async for decisions in history.decisions(partition):
                for kept in decisions:
                    for window in lane.compare(kept):
                        await window.more()
                tell(report.decisions)
            lane.finish(partition)
    return report
