"""What a `reroute` command would do to its ticket, for people who look before they apply it."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.command import TicketCommand
from schemas.ticket import TicketState
from workers.routing.apply_command import after_effect
from workers.routing.command_authority import authorise
from workers.routing.commands.effect import Given, Refusal
from workers.routing.commands.reroute import reroute
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.rights import Rights
from workers.routing.view_changes import Sight


@dataclass(frozen=True, slots=True)
class Preview:
    """`after`: the ticket as the command leaves it. `retagged`: messages that get a new tag revision.

    `shut_out`: messages that somebody of the directory can read now, and nobody could any more.
    """

    after: TicketState
    retagged: int
    shut_out: int


def preview(
    command: TicketCommand, state: TicketState, policy: CompiledPolicy, sight: Sight
) -> Preview | Refusal:
    """Whoever gives the command; refused as the ticket's lane would."""
    rights = Rights(sight.users)
    effect = reroute(Given(command, state, policy, rights))
    if isinstance(effect, Refusal):
        return effect
    changes, messages = after_effect(state, effect, rights)
    ticket = state.ticket.model_copy(update=changes)
    after = state.model_copy(update={**effect.state, "ticket": ticket, "messages": messages})
    shut_out = len(_readable(state, sight) - _readable(after, sight))
    return Preview(after, len(effect.retagged), shut_out)


def _readable(state: TicketState, sight: Sight) -> set[str]:
    """Ids of the messages whose content at least one user may read."""
    return {tag.delivery_id for tag in state.messages if "content" in sight.of(state, tag).values()}


def unauthorised(command: TicketCommand, state: TicketState, rights: Rights) -> str | None:
    """The right that the command's actor lacks on the ticket, for operators' eyes; None: may give it."""
    allowed, step = authorise(command, state, rights)
    return None if allowed else f"{command.actor} {step.because}"
