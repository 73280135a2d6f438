"""In which order a sender's contact groups are asked: priority descending, then nearest, then id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.decision import Looked, Step
from schemas.mail import EnrichedMail, GroupVia
from schemas.policy import GroupConditions, Policy, Row
from workers.routing.compiled_policy import CompiledPolicy
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
    """`asked`: those whose conditions hold, in order. `step`: that order, what made it, and who was passed over.

    `key`: all of it on which an assignment under one policy depends.
    """

    asked: tuple[RankedGroup, ...]
    step: Step
    key: tuple[tuple[str, str], ...]


def rank_for_mail(mail: EnrichedMail, policy: CompiledPolicy) -> Ranking:
    """The groups of a mail's sender. Whose `identity_level` the mail does not have gives nothing at all."""
    level = mail.identity_level
    ways = tuple([(via.group_id, via.type, via.via_contact_id, via.distance) for via in mail.groups])
    return policy.rankings.value((level, ways), lambda: _ranking(mail.groups, level, policy.policy))


def _ranking(groups: Iterable[GroupVia], level: str, policy: Policy) -> Ranking:
    ranked = rank_groups(groups, policy)
    asked = tuple(group for group in ranked if _sure_enough(group, level))
    passed_over = tuple(group for group in ranked if not _sure_enough(group, level))
    key = tuple((group.id, group.type) for group in asked)
    return Ranking(asked, _step(asked, passed_over, level), key)


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


def _step(asked: Iterable[RankedGroup], passed_over: Iterable[RankedGroup], level: str) -> Step:
    looked = [
        chosen(
            group.source,
            f"{group.type}; priority {group.conditions.priority}; distance {group.distance} via contact:{group.via}",
        )
        for group in asked
    ]
    looked += [
        ignored(
            group.source,
            f"needs identity level {' or '.join(group.conditions.identity_level)}, the mail has {level}",
        )
        for group in passed_over
    ]
    order = " ".join(group.id for group in asked)
    return step("groups", order or None, _because(order, looked), looked)


def _because(order: str, looked: list[Looked]) -> str:
    if order:
        return "priority, nearest, id"
    return "all ask for another identity level" if looked else "the sender is in no group"
