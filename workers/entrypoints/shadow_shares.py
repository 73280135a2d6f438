"""Shadow routing by several processes: each follows whole partitions, this one judges what they found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas.policy_events import PolicyVersion
from workers.adapters.spool import Spool
from workers.entrypoints.history_options import readers
from workers.entrypoints.shadow_needs import Facts, read_known, shadow_from
from workers.entrypoints.shares import Tell, how_many, shared
from workers.entrypoints.steady_memory import ready_for_history
from workers.processors.kept_history import KeptHistory, Period
from workers.processors.shadow import FollowedLane, Shadow, Step
from workers.routing.compiled_policy import compile_policy


@dataclass(frozen=True, slots=True)
class Share:
    """What a process needs to follow lanes like its parent. `candidate`: a `PolicyVersion`."""

    candidate: bytes
    facts: Facts
    span: Period
    tickets: frozenset[str]


async def sharing(
    shadow: Shadow,
    history: KeptHistory,
    facts: Facts,
    span: Period,
    tickets: frozenset[str],
    jobs: int | None,
) -> Shadow:
    """The shadow, with the lanes followed by other processes where that is asked for, or worth it.

    `span` and `tickets`: those of the history. A few tickets are looked for by this process alone.
    """
    partitions = await history.partitions()
    several = how_many(jobs, 0 if tickets else await history.size(), len(partitions))
    if several == 1:
        return shadow
    version = PolicyVersion(policy=shadow.candidate.policy, version=shadow.candidate.version)
    share = Share(version.write(), facts, span, tickets)

    async def follow(_history: KeptHistory, step: Step) -> AsyncGenerator[FollowedLane, None]:
        with TemporaryDirectory(prefix="stellwerk-shadow-") as directory:
            tasks = [(share, partition, str(Path(directory, str(partition)))) for partition in partitions]
            async with aclosing(shared(_follow, tasks, several, step)) as found:
                async for path, decisions, not_repeatable in found:
                    diverged = Spool(Path(path))
                    yield FollowedLane(diverged, decisions, not_repeatable)
                    diverged.close()

    return replace(shadow, elsewhere=follow)


def _follow(share: Share, partition: int, path: str, tell: Tell) -> tuple[str, int, int]:
    """In a process of its own, with its own connections."""
    ready_for_history()
    diverged = Spool(Path(path))
    try:
        lane = asyncio.run(_followed(share, partition, diverged, tell))
    finally:
        diverged.close()
    return path, lane.decisions, lane.not_repeatable


async def _followed(share: Share, partition: int, diverged: Spool, tell: Tell) -> FollowedLane:
    read = PolicyVersion.read(share.candidate)
    async with readers()() as reader:
        known = await read_known(reader)
    shadow = shadow_from(known, compile_policy(read.policy, read.version), share.facts, diverged)
    return await shadow.follow(KeptHistory(readers(), share.span, share.tickets), partition, tell)
