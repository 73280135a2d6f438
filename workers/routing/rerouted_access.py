"""What a re-routed ticket and its messages require beside what they did: what their shadow requires (P4, R43).

Nothing is ever taken away: who could not see a message before its ticket was re-routed can't see it after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.access import Requires
from schemas.ticket import MessageTag, TicketState
from schemas.vocabulary import UNRESOLVED
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.flags import access_flags, flag_set, kept_flags
from workers.routing.rights import Rights

_NOTHING = Requires()


def more_required(
    state: TicketState, shadow: TicketState, policy: CompiledPolicy, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """The keys of a `reroute` command's value that narrow access; empty: none is needed.

    `changes`: the fields that the command assigns, whose area and user group it requires anyway. Areas of single
    messages are people's (R41) and left alone.
    """
    ticket = _of_ticket(state, shadow, policy, changes)
    messages = {tag.delivery_id: more for tag, more in _of_messages(state, shadow, policy)}
    found: dict[str, Any] = {}
    if ticket != _NOTHING:
        found["requires"] = ticket.model_dump(mode="json")
    if messages:
        found["messages"] = {id_: more.model_dump(mode="json") for id_, more in messages.items()}
    return found | _private(state, shadow, policy)


def _of_ticket(
    state: TicketState, shadow: TicketState, policy: CompiledPolicy, changes: Mapping[str, Any]
) -> Requires:
    more = shadow.ticket.requires.without(state.ticket.requires)
    by_person = {*state.set_by_command, *shadow.set_by_command}
    areas = () if "area" in by_person else more.areas
    groups = () if "user_group" in by_person else more.user_groups
    return Requires(
        address_books=more.address_books,
        areas=_named(areas, policy.areas, changes.get("area")),
        user_groups=_named(groups, policy.user_groups, changes.get("user_group")),
    )


def _of_messages(
    state: TicketState, shadow: TicketState, policy: CompiledPolicy
) -> Iterator[tuple[MessageTag, Requires]]:
    wanted = {tag.delivery_id: tag.requires for tag in shadow.messages}
    for tag in state.messages:
        more = wanted.get(tag.delivery_id, _NOTHING).without(tag.requires)
        groups = _named(more.user_groups, policy.user_groups, None)
        more = Requires(address_books=more.address_books, user_groups=groups)
        if more != _NOTHING:
            yield tag, more


def _private(state: TicketState, shadow: TicketState, policy: CompiledPolicy) -> dict[str, Any]:
    """Messages that the policy makes private, to the mailbox's owner or to nobody. Private ones stay as they are."""
    mailbox = policy.mailbox(state.ticket.mailbox)
    by_policy = (mailbox.owner if mailbox else None) or UNRESOLVED
    wanted = {tag.delivery_id for tag in shadow.messages if tag.private_to == by_policy}
    private = [
        tag.delivery_id for tag in state.messages if tag.private_to is None and tag.delivery_id in wanted
    ]
    later = state.private_to is None and shadow.private_to == by_policy
    if not private and not later:
        return {}
    return {"private": private, "private_to": by_policy, "later_private": later}


def _named(ids: tuple[str, ...], known: frozenset[str], required_anyway: str | None) -> tuple[str, ...]:
    """Those that the policy names: what a command alone brought into the shadow is no policy's."""
    return tuple(id_ for id_ in ids if id_ in known and id_ != required_anyway)


def with_left_over(
    shadow: TicketState, before: TicketState, after: TicketState, rights: Rights
) -> TicketState:
    """The shadow of a ticket that was re-routed, requiring as well what its re-routing could not take away.

    Else a policy would seem to show more people what it decides just as the re-routing did. `before`, `after`: the
    ticket around that command.
    """
    left = {tag.delivery_id: tag.requires for tag in before.messages}
    now = {tag.delivery_id: tag.requires for tag in after.messages}
    messages = tuple(
        tag.model_copy(update={"requires": tag.requires.plus(_left(left[id_], now[id_]))})
        if (id_ := tag.delivery_id) in left and id_ in now
        else tag
        for tag in shadow.messages
    )
    ticket = shadow.ticket
    requires = ticket.requires.plus(_left(before.ticket.requires, after.ticket.requires))
    flags = flag_set(
        kept_flags(ticket.flags, by_mail=False),
        access_flags(ticket.handler, ticket.process, requires, messages, rights),
    )
    ticket = ticket.model_copy(update={"requires": requires, "flags": flags})
    return shadow.model_copy(update={"ticket": ticket, "messages": messages})


def _left(before: Requires, after: Requires) -> Requires:
    """Of each kind that grew: what was there before."""
    return Requires(
        address_books=before.address_books if before.address_books != after.address_books else (),
        areas=before.areas if before.areas != after.areas else (),
        user_groups=before.user_groups if before.user_groups != after.user_groups else (),
    )
