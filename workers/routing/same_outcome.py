"""Whether two outcomes of one ticket are the same: asked for every decision of a history, so without the models'
own comparison.
"""

from __future__ import annotations

from schemas.event import Part
from schemas.ticket import TicketState

_PASSING = frozenset(("ticket", "recent_commands"))
_PASSING_OF_TICKET = frozenset(("policy_version", "changed", "revision", "reply", "cause"))
"""What is not the same after other revisions that led to the same."""

_NOTHING: frozenset[str] = frozenset()


def differ(before: TicketState | None, after: TicketState | None) -> bool:
    """In anything but the policy's name, and how many revisions led there."""
    if before is None or after is None:
        return before is not after
    return _differ(before, after, _PASSING) or _differ(before.ticket, after.ticket, _PASSING_OF_TICKET)


def _differ(before: Part, after: Part, passing: frozenset[str]) -> bool:
    """In any field but these. They are of one model."""
    others = after.__dict__
    return any(
        name not in passing and not _same(value, others[name]) for name, value in before.__dict__.items()
    )


def _same(one: object, other: object) -> bool:
    if one is other:
        return True
    if isinstance(one, Part):
        return isinstance(other, Part) and type(one) is type(other) and not _differ(one, other, _NOTHING)
    if isinstance(one, tuple):
        if not isinstance(other, tuple) or len(one) != len(other):
            return False
        return all(_same(value, other[at]) for at, value in enumerate(one))
    return one == other
