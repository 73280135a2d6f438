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


@dataclass(frozen=True, slots=True)
class Preview:
    """`after`: the ticket as the command leaves it. `retagged`: messages that get a new tag revision."""

    after: TicketState
    retagged: int


def preview(
    command: TicketCommand, state: TicketState, policy: CompiledPolicy, rights: Rights
) -> Preview | Refusal:
    """Whoever gives the command; refused as the ticket's lane would. `rights`: for the flags."""
    effect = reroute(Given(command, state, policy, rights))
    if isinstance(effect, Refusal):
        return effect
    changes, messages = after_effect(state, effect, rights)
    ticket = state.ticket.model_copy(update=changes)
    after = state.model_copy(update={**effect.state, "ticket": ticket, "messages": messages})
    return Preview(after, len(effect.retagged))


def unauthorised(command: TicketCommand, state: TicketState, rights: Rights) -> str | None:
    """The right that the command's actor lacks on the ticket, for operators' eyes; None: may give it."""
    allowed, step = authorise(command, state, rights)
    return None if allowed else f"{command.actor} {step.because}"
