"""What became of a demo mail, and whether that is what must become of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schemas.decision import RoutingDecision
from schemas.mail import EnrichedMail
from schemas.privacy import PrivacyTaggedMessage
from schemas.ticket import RoutedTicket
from schemas.vocabulary import Access

ANY = "*"


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """`ticket` is the ticket after this mail; `viewers` who may know of the message, and what they see of it."""

    receipt: RoutingDecision
    mail: EnrichedMail | None = None
    ticket: RoutedTicket | None = None
    tag: PrivacyTaggedMessage | None = None
    viewers: Mapping[str, Access] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expected:
    """`ANY` and None of the names: not checked."""

    outcome: str
    process: str = ANY
    handler: str | None = ANY
    matched_by: str = ANY
    sla: bool | None = None
    private_to: str | None = ANY
    flag: str | None = None
    same_ticket_as: str | None = None
    other_ticket_than: str | None = None

    def surprises(self, seen: DemoOutcome, told: Mapping[str, DemoOutcome]) -> list[str]:
        """What is not as expected, a line each; `told`: what became of the mails before."""
        return [
            f"{what}: {found}, not {wanted}"
            for what, wanted, found in (
                *self._of_decision(seen),
                *self._of_ticket(seen),
                *self._of_threads(seen, told),
            )
            if wanted not in (ANY, found)
        ]

    def _of_decision(self, seen: DemoOutcome) -> Iterator[tuple[str, str | None, str | None]]:
        yield "outcome", self.outcome, seen.receipt.outcome
        yield "matched by", self.matched_by, seen.mail.sender.matched_by if seen.mail else None
        yield "private to", self.private_to, seen.tag.private_to if seen.tag else None

    def _of_ticket(self, seen: DemoOutcome) -> Iterator[tuple[str, str | None, str | None]]:
        ticket = seen.ticket
        yield "process", self.process, ticket.process if ticket else None
        yield "handler", self.handler, ticket.handler if ticket else None
        if self.sla is not None:
            yield "SLA", str(self.sla), str(ticket is not None and ticket.sla is not None)
        if self.flag is not None:
            flags = ticket.flags if ticket else ()
            yield "flag", self.flag, self.flag if self.flag in flags else ", ".join(flags)

    def _of_threads(
        self, seen: DemoOutcome, told: Mapping[str, DemoOutcome]
    ) -> Iterator[tuple[str, str | None, str | None]]:
        if self.same_ticket_as is not None:
            yield "ticket", told[self.same_ticket_as].receipt.ticket_id, seen.receipt.ticket_id
        if self.other_ticket_than is not None:
            other = told[self.other_ticket_than].receipt.ticket_id
            yield "another ticket", "True", str(other != seen.receipt.ticket_id)
