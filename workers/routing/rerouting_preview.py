"""What a `reroute` command would do to its ticket, for people who look before they apply it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.ticket import TicketState
from workers.routing.access import verdict
from workers.routing.apply_command import after_effect
from workers.routing.command_authority import authorise
from workers.routing.commands.effect import Given, Refusal
from workers.routing.commands.reroute import reroute
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.rights import Rights


@dataclass(frozen=True, slots=True)
class Preview:
    """`after`: the ticket as the command leaves it. `retagged`: messages that get a new tag revision.

    `shut_out`: messages that somebody of the directory can read now, and nobody could any more.
    """

    after: TicketState
    retagged: int
    shut_out: int


def preview(
    command: TicketCommand, state: TicketState, policy: CompiledPolicy, users: Mapping[str, ResolvedUser]
) -> Preview | Refusal:
    """Whoever gives the command; refused as the ticket's lane would. `users`: all of the directory."""
    rights = Rights(users)
    effect = reroute(Given(command, state, policy, rights))
    if isinstance(effect, Refusal):
        return effect
    changes, messages = after_effect(state, effect, rights)
    ticket = state.ticket.model_copy(update=changes)
    after = state.model_copy(update={**effect.state, "ticket": ticket, "messages": messages})
    shut_out = len(_readable(state, users, rights) - _readable(after, users, rights))
    return Preview(after, len(effect.retagged), shut_out)


def _readable(state: TicketState, users: Collection[str], rights: Rights) -> set[str]:
    """Ids of the messages whose content at least one of the users may read."""
    requires = state.ticket.requires
    return {
        tag.delivery_id
        for tag in state.messages
        if any(verdict(user, requires, tag, rights)[0] == "content" for user in users)
    }


def unauthorised(command: TicketCommand, state: TicketState, rights: Rights) -> str | None:
    """The right that the command's actor lacks on the ticket, for operators' eyes; None: may give it."""
    allowed, step = authorise(command, state, rights)
    return None if allowed else f"{command.actor} {step.because}"
