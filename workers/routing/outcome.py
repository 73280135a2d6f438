"""What a decision on a mail can be: it belongs elsewhere, or it is decided here."""

from dataclasses import dataclass
from typing import NamedTuple

from schemas.command import SlaEvent
from schemas.decision import RoutingDecision
from schemas.mail import EnrichedMail
from schemas.privacy import PrivacyTaggedMessage
from schemas.ticket import RoutedTicket, TicketState
from schemas.vocabulary import ForwardReason


@dataclass(frozen=True, slots=True)
class Forward:
    """The delivery goes on to another ticket, whose lane decides it and writes its receipt."""

    ticket_id: str
    reason: ForwardReason

    def moved(self, mail: EnrichedMail) -> EnrichedMail:
        """The mail as it travels."""
        return mail.model_copy(
            update={
                "ticket_id": self.ticket_id,
                "forwarded_from": mail.ticket_id,
                "forwarded_because": self.reason,
            }
        )


class Decided(NamedTuple):
    """One delivery's whole effect. `ticket` None: no new revision; `state` None: the state is unchanged."""

    outcome: str
    ticket: RoutedTicket | None
    state: TicketState | None
    tags: tuple[PrivacyTaggedMessage, ...]
    sla_events: tuple[SlaEvent, ...]
    receipt: RoutingDecision
