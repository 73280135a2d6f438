"""A candidate policy's shadow: kept history decided under it, beside what was decided. Nothing is written."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass

from schemas.directory_view import ResolvedUser
from workers.processors.kept_history import KeptHistory, seldom
from workers.processors.policy_archive import PolicyArchive
from workers.processors.shadow_lane import SAME, ShadowLane
from workers.processors.shadow_report import ShadowReport
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.identity import Signer
from workers.routing.ticket_differences import Outcomes

Step = Callable[[int], None]


@dataclass(slots=True)
class FollowedLane:
    """One partition: the tickets that were opened or are not the same under both, and counts of its decisions."""

    diverged: Mapping[str, bytes]
    decisions: int = 0
    not_repeatable: int = 0


FollowLanes = Callable[[KeptHistory, Step], AsyncGenerator[FollowedLane, None]]
"""All partitions in their order. A lane is read before the next one is asked for."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """What shadow routing needs. `users`: for rights that were not read then, and for who sees what.

    `diverged` holds the tickets of one partition that were opened or are not the same under both: a `Spool`, so
    that memory does not grow with history. `directory`: the fields of the directory view, where senders and
    rights shall be those of now; None: as recorded with each decision. `elsewhere` follows the lanes where that is
    not done here.
    """

    policies: PolicyArchive
    candidate: CompiledPolicy
    signer: Signer
    users: Mapping[str, ResolvedUser]
    diverged: MutableMapping[str, bytes]
    directory: Mapping[str, bytes] | None = None
    elsewhere: FollowLanes | None = None

    async def cast(
        self, history: KeptHistory, report: ShadowReport, step: Step = lambda _: None
    ) -> AsyncIterator[tuple[str, Outcomes]]:
        """The tickets that would be others at the end of the period, by partition and id.

        Each ticket goes its own way under the candidate from the period's first decision on; one that was opened
        before starts as it was. `report` counts the decisions. Raises `DependencyUnavailable`.
        """
        async with aclosing((self.elsewhere or self._here)(history, step)) as lanes:
            async for lane in lanes:
                report.decisions += lane.decisions
                report.not_repeatable += lane.not_repeatable
                for ticket_id, value in lane.diverged.items():
                    if value != SAME and report.selection.takes(outcomes := Outcomes.read(value)):
                        yield ticket_id, outcomes

    async def follow(self, history: KeptHistory, partition: int, step: Step) -> FollowedLane:
        """One partition's decisions, in their order. What `diverged` held before is gone."""
        self.diverged.clear()
        lane, tell = FollowedLane(self.diverged), seldom(step)
        shadow = ShadowLane(
            self.policies, self.candidate, self.signer, self.users, self.directory, self.diverged
        )
        async for decisions in history.decisions(partition):
            lane.decisions += len(decisions)
            lane.not_repeatable += sum(not shadow.follow(kept) for kept in decisions)
            tell(lane.decisions)
        return lane

    async def _here(self, history: KeptHistory, step: Step) -> AsyncGenerator[FollowedLane, None]:
        done = 0
        for partition in await history.partitions():
            lane = await self.follow(history, partition, lambda more, before=done: step(before + more))  # type: ignore[misc]
            done += lane.decisions
            yield lane
