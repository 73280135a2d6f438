"""What a candidate policy would have changed: counts that are exact, and examples that are few."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.ticket import TicketState
from workers.routing.ticket_differences import (
    FieldChange,
    Outcomes,
    becomes_unassigned,
    field_changes,
)
from workers.routing.view_changes import Sight, ViewChange, view_changes

SHOWN = 20
_KINDS_COUNTED = 2_000
_REST = "others"
STRANGERS = "strangers"
"""Whose messages they are, where no contact has the address."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tickets count. None: all."""

    mailbox: str | None = None
    group: str | None = None
    opened_since: datetime | None = None
    opened_until: datetime | None = None

    def takes(self, outcomes: Outcomes) -> bool:
        """By the mailbox, and by a group that the ticket has under either policy."""
        states = [state for state in (outcomes.decided, outcomes.shadow) if state is not None]
        return any(self.takes_state(state) for state in states)

    def takes_state(self, state: TicketState) -> bool:
        ticket = state.ticket
        return (
            self.mailbox in (None, ticket.mailbox)
            and (self.group is None or self.group in ticket.groups)
            and (self.opened_since is None or ticket.opened_at >= self.opened_since)
            and (self.opened_until is None or ticket.opened_at < self.opened_until)
        )


@dataclass(slots=True)
class ShadowReport:
    """`decisions` that were looked at; all else are tickets, or pairs of message and user.

    `not_repeatable`: decisions whose input or policy is no longer kept, or that this program can't repeat.
    """

    selection: Selection = Selection()
    decisions: int = 0
    not_repeatable: int = 0
    tickets: int = 0
    unassigned: int = 0
    newly_readable: int = 0
    no_longer_readable: int = 0
    changes: Counter[FieldChange] = field(default_factory=Counter)
    gains: Counter[str] = field(default_factory=Counter)
    gains_of: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)
    readable_examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, ticket_id: str, outcomes: Outcomes, sight: Sight) -> None:
        """One selected ticket that is not the same under both policies."""
        self.count_ticket(ticket_id, outcomes)
        for view in view_changes(outcomes, sight):
            self._view(ticket_id, view)

    def count_ticket(self, ticket_id: str, outcomes: Outcomes) -> None:
        """Its fields, and not who sees what."""
        if changes := list(field_changes(outcomes)):
            self._count(ticket_id, changes)
            self.unassigned += becomes_unassigned(outcomes)

    def _count(self, ticket_id: str, changes: list[FieldChange]) -> None:
        self.tickets += 1
        for change in changes:
            if change not in self.changes and len(self.changes) >= _KINDS_COUNTED:
                change = FieldChange(change.field, _REST, _REST)  # noqa: PLW2901  # memory is bounded
            self.changes[change] += 1
        if len(self.examples) < SHOWN:
            told = {change.field: [change.before, change.after] for change in changes}
            self.examples.append({"ticket_id": ticket_id, "changes": told})

    def _view(self, ticket_id: str, view: ViewChange) -> None:
        if not view.is_wider:
            self.no_longer_readable += 1
            return
        self.newly_readable += 1
        self.gains[view.user] += 1
        whose = (view.user, view.contact_id or STRANGERS)
        if whose not in self.gains_of and len(self.gains_of) >= _KINDS_COUNTED:
            whose = (view.user, _REST)  # memory is bounded
        self.gains_of[whose] += 1
        if len(self.readable_examples) < SHOWN:
            self.readable_examples.append(
                {
                    "ticket_id": ticket_id,
                    "delivery_id": view.delivery_id,
                    "contact_id": view.contact_id,
                    "user": view.user,
                    "before": view.before,
                    "after": view.after,
                }
            )

    def as_json(self) -> dict[str, Any]:
        return {
            "decisions": self.decisions,
            "not_repeatable": self.not_repeatable,
            "changed_tickets": self.tickets,
            "becoming_unassigned": self.unassigned,
            "newly_readable": self.newly_readable,
            "no_longer_readable": self.no_longer_readable,
            "changes": [
                {"field": change.field, "before": change.before, "after": change.after, "tickets": count}
                for change, count in self.changes.most_common()
            ],
            "newly_readable_by_user": dict(self.gains.most_common()),
            "newly_readable_of": [
                {"user": user, "contact_id": contact, "messages": count}
                for (user, contact), count in self.gains_of.most_common()
            ],
            "examples": self.examples,
            "newly_readable_examples": self.readable_examples,
        }
