"""A mail that a client has handed over completely, and that nobody has acknowledged yet."""

from dataclasses import dataclass

from schemas.policy_rules import RejectAs
from workers.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Recipient:
    """An accepted RCPT. `dsn`: its NOTIFY and ORCPT parameters as given (RFC 3461), empty for none."""

    address: str
    mailbox: str
    plus_tag: str | None = None
    dsn: str = ""


@dataclass(slots=True)  # frozen, it would take twice as long to make, and there are two of each mail
class ReceivedMail:
    """Never changed. `content`: the octets after dot-unstuffing. `mail_from`: empty for the null sender."""

    mail_from: str
    recipients: tuple[Recipient, ...]
    content: bytes
    peer: str
    helo: str = ""
    tls: bool = False
    smtp_utf8: bool = False
    ret: str | None = None
    envid: str | None = None


class MailLoop(InvalidInput):
    """The mail has been through too many servers: it goes in circles (RFC 5321 §6.3)."""


class RefusedByRule(InvalidInput):
    """A rule of the policy refuses it with this answer. `rule`: its id, for the log."""

    def __init__(self, rule: str, answer: RejectAs) -> None:
        super().__init__("Refused by a rule", rule=rule, code=answer.code)
        self.rule = rule
        self.answer = answer
