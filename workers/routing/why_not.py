"""What would have had to be different: the smallest changes under which a decision gives what was expected.

Each proposal is a change of one thing in a policy, in the directory or on the ticket. What is answered was tried:
the decision itself is run with the change, and only changes that give what was asked for are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, islice
from typing import Literal

from schemas.decision import RoutingDecision
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail
from schemas.policy import Policy
from schemas.ticket import RoutedTicket
from workers.errors import InvalidInput
from workers.routing.compiled_policy import compile_policy
from workers.routing.decide import decide_mail
from workers.routing.identity import Signer
from workers.routing.outcome import Forward
from workers.routing.rights import Rights

Where = Literal["policy", "directory", "ticket"]
Given = Callable[[RoutedTicket], bool]

TRIES = 600
"""Decisions made for one answer at most: a fraction of a second."""


@dataclass(frozen=True, slots=True)
class World:
    """One decision on a mail with all that it depends on. `users`: as they are now, for what was not read then."""

    mail: EnrichedMail
    receipt: RoutingDecision
    policy: Policy
    users: Mapping[str, ResolvedUser]
    signer: Signer

    def ticket(self) -> RoutedTicket | None:
        """As the decision leaves it; None where the mail would open or join none."""
        policy = compile_policy(self.policy, self.receipt.policy_version)
        rights = Rights.recorded_else(self.receipt.rights, self.users)
        try:
            decided = decide_mail(self.mail, self.receipt.state_before, policy, rights, self.signer)
        except InvalidInput:
            return None
        return None if isinstance(decided, Forward) else decided.ticket


@dataclass(frozen=True, slots=True)
class Change:
    """`what`: for people, in the words of the files. `applied` makes the world in which it was so."""

    where: Where
    what: str
    applied: Callable[[World], World]


Answer = tuple[Change, ...]
"""Changes that are needed together."""


def smallest_changes(world: World, given: Given, proposals: Iterable[Change], most: int = 5) -> list[Answer]:
    """Single changes that would have given it, else pairs; empty: neither would. At most `most`, the first ones.

    Precondition: `given` does not hold for the world as it is.
    """
    pool = list(proposals)
    for size in (1, 2):
        tried = islice(combinations(pool, size), TRIES)
        found = list(islice(filter(lambda each: _gives(world, given, each), tried), most))
        if found:
            return found
    return []


def _gives(world: World, given: Given, changes: Answer) -> bool:
    changed = reduce(lambda so_far, change: change.applied(so_far), changes, world)
    ticket = changed.ticket()
    return ticket is not None and given(ticket)
