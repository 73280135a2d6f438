"""Who would newly see which message, and who no longer, where a ticket had gone another way (P4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schemas.access import Requires
from schemas.directory_view import ResolvedUser
from schemas.ticket import MessageTag, TicketState
from schemas.vocabulary import Access
from workers.routing.access import verdict
from workers.routing.rights import Rights
from workers.routing.ticket_differences import Outcomes

_REMEMBERED = 10_000
_RANK: Mapping[Access, int] = {"nothing": 0, "existence": 1, "content": 2}
_NOBODY: Mapping[str, Access] = {}


@dataclass(frozen=True, slots=True)
class ViewChange:
    """What `user` sees of a message, then and in the shadow. `contact_id`: whose message it is; None: a stranger's."""

    delivery_id: str
    contact_id: str | None
    user: str
    before: Access
    after: Access

    @property
    def is_wider(self) -> bool:
        return _RANK[self.after] > _RANK[self.before]


@dataclass(frozen=True, slots=True)
class Sight:
    """What all users of a directory see. Tickets of one policy require the same few things over and over: each
    sum of requirements is judged once."""

    users: Mapping[str, ResolvedUser]
    _known: dict[tuple[Requires, Requires, str | None], Mapping[str, Access]] = field(default_factory=dict)

    def of(self, state: TicketState | None, tag: MessageTag | None) -> Mapping[str, Access]:
        """By user; who sees nothing is left out. No ticket: nobody."""
        if state is None or tag is None:
            return _NOBODY
        key = (state.ticket.requires, tag.requires, tag.private_to)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._judged(state.ticket.requires, tag)
        return found

    def _judged(self, requires: Requires, tag: MessageTag) -> Mapping[str, Access]:
        rights = Rights(self.users)
        seen = {user: verdict(user, requires, tag, rights)[0] for user in self.users}
        return {user: access for user, access in seen.items() if access != "nothing"}


def view_changes(outcomes: Outcomes, sight: Sight) -> Iterator[ViewChange]:
    """For every message, and every user whose sight of it changes."""
    before, after = _tags(outcomes.decided), _tags(outcomes.shadow)
    for delivery_id, tag in (before | after).items():
        was = sight.of(outcomes.decided, before.get(delivery_id))
        would_be = sight.of(outcomes.shadow, after.get(delivery_id))
        if was is would_be:
            continue
        for user in sorted(was.keys() | would_be.keys()):
            then, now = was.get(user, "nothing"), would_be.get(user, "nothing")
            if then != now:
                yield ViewChange(delivery_id, tag.contact_id, user, then, now)


def _tags(state: TicketState | None) -> dict[str, MessageTag]:
    return {tag.delivery_id: tag for tag in state.messages} if state else {}
