"""In which order a sender's contact groups are asked: priority descending, then nearest, then id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.decision import Step
from schemas.mail import EnrichedMail, GroupVia
from schemas.policy import GroupConditions, Policy, Row
from workers.routing.receipts import chosen, ignored, step

_NO_CONDITIONS = GroupConditions()


@dataclass(frozen=True, slots=True)
class RankedGroup:
    """A group of the sender with its service conditions; one that the policy does not name has none."""

    id: str
    type: str
    via: str
    distance: int
    conditions: GroupConditions

    @property
    def source(self) -> str:
        return f"group:{self.id}"

    @property
    def is_customers(self) -> bool:
        """Only customers' groups give SLA and price lists."""
        return self.type == "customers"

    def row(self, process: str) -> Row | None:
        """What the group gives for the process (R10)."""
        return self.conditions.processes.get(process)


@dataclass(frozen=True, slots=True)
class Ranking:
    """`asked`: those whose conditions hold, in order. `passed_over`: those that ask for another identity level."""

    asked: tuple[RankedGroup, ...]
    passed_over: tuple[RankedGroup, ...] = ()
    level: str = ""


def rank_for_mail(mail: EnrichedMail, policy: Policy) -> Ranking:
    """The groups of a mail's sender. Whose `identity_level` the mail does not have gives nothing at all."""
    ranked = rank_groups(mail.groups, policy)
    return Ranking(
        tuple(group for group in ranked if _sure_enough(group, mail.identity_level)),
        tuple(group for group in ranked if not _sure_enough(group, mail.identity_level)),
        mail.identity_level,
    )


def _sure_enough(group: RankedGroup, level: str) -> bool:
    return not group.conditions.identity_level or level in group.conditions.identity_level


def rank_groups(groups: Iterable[GroupVia], policy: Policy) -> tuple[RankedGroup, ...]:
    """Each group once, by its nearest way, whatever identity level it asks for: an order has none."""
    nearest: dict[str, GroupVia] = {}
    for via in groups:
        known = nearest.get(via.group_id)
        if known is None or (via.distance, via.via_contact_id) < (known.distance, known.via_contact_id):
            nearest[via.group_id] = via
    ranked = [_ranked(via, policy) for via in nearest.values()]
    return tuple(sorted(ranked, key=lambda group: (-group.conditions.priority, group.distance, group.id)))


def _ranked(via: GroupVia, policy: Policy) -> RankedGroup:
    conditions = policy.groups.get(via.group_id, _NO_CONDITIONS)
    return RankedGroup(via.group_id, via.type, via.via_contact_id, via.distance, conditions)


def groups_step(ranking: Ranking) -> Step:
    """The order, and what made it."""
    ranked = ranking.asked
    looked = [
        chosen(
            group.source,
            f"{group.type}; priority {group.conditions.priority}; distance {group.distance} via contact:{group.via}",
        )
        for group in ranked
    ]
    looked += [
        ignored(
            group.source,
            f"needs identity level {' or '.join(group.conditions.identity_level)}, the mail has {ranking.level}",
        )
        for group in ranking.passed_over
    ]
    because = "priority, nearest, id" if ranked else _why_none(ranking)
    return step("groups", " ".join(group.id for group in ranked) or None, because, looked)


def _why_none(ranking: Ranking) -> str:
    return "all ask for another identity level" if ranking.passed_over else "the sender is in no group"
