"""Commands on the ticket as it stands that would give what was expected, and a user who may give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.mail import Source
from schemas.ticket import TicketState
from workers.routing.apply_command import decide_command
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.identity import Signer
from workers.routing.rights import Rights

_NOWHERE = Source(topic="tickets.commands", partition=0, offset=0)


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket now, with the policy that is live and the users as they are."""

    state: TicketState
    policy: CompiledPolicy
    users: Mapping[str, ResolvedUser]
    signer: Signer
    at: datetime

    def first_actor(
        self, kind: str, value: Any, gives: Callable[[TicketState], bool], delivery_id: str | None = None
    ) -> str | None:
        """The first user, by id, whose command is accepted and gives it. None: nobody's would."""
        for actor in sorted(self.users):
            after = self._after(kind, value, actor, delivery_id)
            if after is not None and gives(after):
                return actor
        return None

    def _after(self, kind: str, value: Any, actor: str, delivery_id: str | None) -> TicketState | None:
        command = TicketCommand(
            command_id="why-not",
            ticket_id=self.state.ticket.ticket_id,
            kind=kind,
            actor=actor,
            at=self.at,
            value=value,
            delivery_id=delivery_id,
        )
        rights = Rights(self.users)
        return decide_command(command, self.state, self.policy, rights, self.signer, _NOWHERE, "").state


def commands_for(field: str, value: str, standing: Standing) -> Iterator[tuple[str, Any]]:
    """Kinds and values that could set `handler`, `area` or `level`."""
    if field == "handler":
        yield "assign", value
    elif field == "area":
        yield "area", value
    elif field == "level" and (sla := standing.state.ticket.sla) is not None:
        contract = standing.policy.policy.sla.contracts.get(sla.contract)
        for severity, level in sorted(contract.severities.items()) if contract else ():
            if level == value:
                yield "severity", severity
        yield "sla", value
