"""A policy version with what decisions need of it worked out once: rules compiled, ids gathered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schemas.policy import Mailbox, Policy, Process
from schemas.policy_sla import Level
from workers.routing.calendar import LocalCalendar
from workers.routing.memory import Memory
from workers.routing.rules import CompiledRule, compile_rules

if TYPE_CHECKING:  # they decide by a compiled policy
    from workers.routing.assignment import Assignment
    from workers.routing.group_ranking import Ranking
    from workers.routing.responsibility import Chosen


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """Pure data. `users`, `areas`, `user_groups`: all that the policy names, so all that it can assign.

    `rankings`, `assignments`, `pairs`: what was worked out by this policy before, by all that it depends on.
    """

    policy: Policy
    version: str
    rules: tuple[CompiledRule, ...]
    calendars: Mapping[str, LocalCalendar]
    users: frozenset[str]
    areas: frozenset[str]
    user_groups: frozenset[str]
    rankings: Memory[Any, Ranking] = field(default_factory=Memory, init=False, compare=False, repr=False)
    assignments: Memory[Any, Assignment] = field(
        default_factory=Memory, init=False, compare=False, repr=False
    )
    pairs: Memory[Any, Chosen] = field(default_factory=Memory, init=False, compare=False, repr=False)

    def mailbox(self, address: str) -> Mailbox | None:
        """None: no longer in the policy."""
        return self.policy.mailboxes.get(address)

    def process(self, id: str) -> Process | None:
        """None: no longer in the policy."""
        return self.policy.processes.get(id)

    def level(self, contract: str, level: str) -> Level | None:
        """None: no longer in the policy."""
        known = self.policy.sla.contracts.get(contract)
        return known.levels.get(level) if known else None

    @property
    def unknown_senders_book(self) -> str:
        """The book that mail of strangers requires."""
        return self.policy.unknown_senders.address_book


def compile_policy(policy: Policy, version: str) -> CompiledPolicy:
    """Call it once per version: regular expressions are compiled here."""
    rows = [row for group in policy.groups.values() for row in group.processes.values()]
    sets = [rule.set for rule in policy.rules]
    boxes = policy.mailboxes.values()
    return CompiledPolicy(
        policy=policy,
        version=version,
        rules=compile_rules(policy.rules),
        calendars={id: LocalCalendar(calendar) for id, calendar in policy.sla.calendars.items()},
        users=_ids(*(r.handler for r in rows), *(s.handler for s in sets), *(b.owner for b in boxes)),
        areas=_ids(
            *(row.area for row in rows),
            *(each.area for each in sets),
            *(process.default_area for process in policy.processes.values()),
        ),
        user_groups=_ids(
            *(r.user_group for r in rows), *(s.user_group for s in sets), *(b.user_group for b in boxes)
        ),
    )


def _ids(*ids: str | None) -> frozenset[str]:
    given: Iterable[str] = (id for id in ids if id is not None)
    return frozenset(given)
