"""What verifying and shadow routing cost: `python -m tests.benchmarks.profile_history`. Decisions a second and core.

From topics in memory, so without Kafka's client; tickets of one mail and of three, in the usual small world. The
bare decision, measured beside it, tells a slow machine from slow code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import process_time

from schemas.decision import RoutingDecision
from tests.support.recorded_history import RecordedHistory
from tests.support.routing_builders import MONDAY_NINE, SIGNER, a_mail, in_group
from workers.entrypoints.steady_memory import ready_for_history
from workers.processors.policy_archive import read_policies
from workers.processors.shadow import Shadow
from workers.processors.shadow_report import ShadowReport
from workers.processors.verify import verify
from workers.routing.compiled_policy import compile_policy
from workers.routing.decide_again import decide_again
from workers.routing.policy_version import version_of

TICKETS, RUNS = 400, 7
GROUPS = tuple(in_group(name) for name in ("key-accounts", "partners", "retail"))


async def a_history() -> RecordedHistory:
    """Every second ticket has two follow-ups."""
    told = RecordedHistory()
    await told.live()
    number = 0
    for ticket in range(TICKETS):
        for turn in range(1 if ticket % 2 else 3):
            number += 1
            at = MONDAY_NINE + timedelta(minutes=ticket, seconds=turn)
            await told.mail(a_mail(number, ticket_id=f"T-{ticket:012d}", groups=GROUPS, received_at=at))
    return told


async def measured(name: str, work: Callable[[], Awaitable[int]]) -> None:
    """CPU seconds of this process, the best of several runs: the others measure the machine."""
    seconds = decisions = 0.0
    for _ in range(RUNS):
        began = process_time()
        decisions = await work()
        seconds = min(seconds or 1e9, process_time() - began)
    print(f"{name:40} {decisions / seconds:8.0f} decisions/s  {seconds / decisions * 1e6:6.0f} us each")


async def main() -> None:
    told = await a_history()
    ready_for_history()
    policies = await read_policies(told.topics)
    other = told.policy.policy.model_copy(update={"free_mail_domains": ("gmail.test",)})
    candidate = compile_policy(other, version_of(other))

    async def verified() -> int:
        report = await verify(told.kept(), policies, SIGNER)
        assert report.holds
        return report.decisions

    async def shadowed() -> int:
        shadow, report = Shadow(policies, candidate, SIGNER, told.directory, {}), ShadowReport()
        async for _ in shadow.cast(told.kept(), report):
            raise AssertionError
        return report.decisions

    kept = [each async for decisions in told.kept().decisions(0) for each in decisions]
    states = [RoutingDecision.read(each.record.value or b"").state_before for each in kept]

    async def bare() -> int:
        for each, state in zip(kept, states, strict=True):
            assert each.receipt is not None
            assert each.cause is not None
            decide_again(each.cause, each.receipt, state, told.policy, SIGNER)
        return len(kept)

    async def read_only() -> int:
        return sum([len(decisions) async for decisions in told.kept().decisions(0)])

    await measured("bare decisions, everything in memory", bare)
    await measured("receipts and inputs read and joined", read_only)
    await measured("verify", verified)
    await measured("policy diff, a candidate that changes nothing", shadowed)


if __name__ == "__main__":
    asyncio.run(main())
