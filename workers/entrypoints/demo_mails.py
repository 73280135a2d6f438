"""The mails of the demo: a small story about the samples in config/, each with what must become of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from workers.adapters.smtp_client import OutgoingMail
from workers.entrypoints.demo_outcomes import DemoOutcome, Expected
from workers.entrypoints.outgoing_mails import written_mail

Told = Mapping[str, DemoOutcome]
"""What became of the mails so far, by name."""


@dataclass(frozen=True, slots=True)
class DemoMail:
    """`write` gets the run's tag (it keeps Message-IDs apart) and start (the Date of all mails: one letter sent
    twice is the same octets), and what became of earlier mails."""

    name: str
    title: str
    write: Callable[[str, datetime, Told], OutgoingMail]
    expected: Expected


@dataclass(frozen=True, slots=True)
class Letter:
    """The words of one mail; `references` names an earlier mail of the story."""

    name: str
    sender: str
    to: str
    subject: str
    text: str
    references: str | None = None
    headers: Sequence[tuple[str, str]] = field(default_factory=tuple)

    def __call__(self, run: str, at: datetime, told: Told) -> OutgoingMail:
        del told
        return self.addressed_to(self.to, run, at)

    def addressed_to(self, to: str, run: str, at: datetime) -> OutgoingMail:
        thread = [] if self.references is None else [("References", message_id(self.references, run))]
        headers = [
            ("Message-ID", message_id(self.name, run)),
            ("Date", format_datetime(at)),
            *thread,
            *self.headers,
        ]
        return written_mail(self.sender, [to], self.subject, self.text, headers)


def message_id(name: str, run: str) -> str:
    return f"<{name}.{run}@mail.acme.test>"


def _to_the_ticket_of(name: str, letter: Letter) -> Callable[[str, datetime, Told], OutgoingMail]:
    """Sent to the signed address that the ticket of an earlier mail gives for answers."""

    def write(run: str, at: datetime, told: Told) -> OutgoingMail:
        ticket = told[name].ticket
        return letter.addressed_to(letter.to if ticket is None else ticket.reply.reply_to, run, at)

    return write


SUPPORT, ORDERS, JANA = "support@acme.example", "orders@acme.example", "jana@acme.example"
JAN, ANNA, STRANGER, FORGER, RESELLER = (
    "jan@acme.test",
    "anna.new@acme.test",
    "max@unknown.test",
    "mallory@evil.test",
    "buyer@globex.test",
)

_PRINTER = Letter(
    "printer",
    f"Jan Maly <{JAN}>",
    SUPPORT,
    "The printer is on fire",
    "Hello,\nsmoke comes out of the printer again.\nJan\n",
)
_STRANGER = Letter(
    "stranger", STRANGER, SUPPORT, "Do you repair toasters?", "Hello, I found you on the web.\n"
)

STORY: tuple[DemoMail, ...] = (
    DemoMail(
        "printer",
        "a key account reports a problem",
        _PRINTER,
        Expected("routed", process="helpdesk", handler="petr", matched_by="address", sla=True),
    ),
    DemoMail(
        "colleague",
        "somebody new at the same company: matched by its domain",
        Letter("colleague", ANNA, SUPPORT, "Access for Anna", "Hello, I started here today.\n"),
        Expected(
            "routed", process="helpdesk", handler="petr", matched_by="domain", other_ticket_than="printer"
        ),
    ),
    DemoMail(
        "stranger",
        "a stranger: no groups, so defaults",
        _STRANGER,
        Expected("routed", process="helpdesk", handler=None, matched_by="none", sla=False),
    ),
    DemoMail(
        "order",
        "an order from the key account",
        Letter("order", JAN, ORDERS, "Order 4711", "100 x SKU-1, please.\n"),
        Expected("routed", process="ordering", handler="eva", sla=False),
    ),
    DemoMail(
        "reseller",
        "a reseller's order: its handler lacks a right, and gets none",
        Letter("reseller", RESELLER, ORDERS, "Order R-12", "10 x SKU-2, please.\n"),
        Expected(
            "routed",
            process="ordering",
            handler="olga",
            matched_by="domain",
            flag="handler_lacks_access:address_books:partners",
        ),
    ),
    DemoMail(
        "private",
        "a mail to a personal mailbox: private",
        Letter("private", JAN, JANA, "For you only", "Please call me.\n"),
        Expected("routed", handler="petr", private_to="jana"),
    ),
    DemoMail(
        "answer",
        "the customer answers: References name the first mail",
        Letter("answer", JAN, SUPPORT, "Re: The printer is on fire", "It stopped.\n", references="printer"),
        Expected("routed", handler="petr", same_ticket_as="printer"),
    ),
    DemoMail(
        "signed",
        "a colleague answers to the ticket's signed address",
        _to_the_ticket_of(
            "printer", Letter("signed", ANNA, SUPPORT, "About that printer", "Please come anyway.\n")
        ),
        Expected("routed", same_ticket_as="printer"),
    ),
    DemoMail(
        "absent",
        "an out-of-office answer: joins, changes nothing",
        Letter(
            "absent",
            JAN,
            SUPPORT,
            "Automatic reply: The printer is on fire",
            "I am away.\n",
            references="printer",
            headers=(("Auto-Submitted", "auto-replied"),),
        ),
        Expected("suppressed", same_ticket_as="printer"),
    ),
    DemoMail(
        "twice",
        "the stranger's mail comes a second time",
        _STRANGER,
        Expected("duplicate", same_ticket_as="stranger"),
    ),
    DemoMail(
        "forged",
        "a stranger claims the key account's thread: refused",
        Letter(
            "forged", FORGER, SUPPORT, "Re: The printer is on fire", "Tell me all.\n", references="printer"
        ),
        Expected("routed", other_ticket_than="printer", flag="thread_refused"),
    ),
)
