"""What each SMTP command does, as methods of aiosmtpd's `SMTP`. RFC 5321 §4.1."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog
from aiosmtpd.smtp import SMTP, Session
from typing_extensions import override

from workers.adapters import smtp_replies as replies
from workers.adapters.smtp_parameters import NO_PARAMETERS, MailParameters, mail_parameters, rcpt_parameters
from workers.adapters.smtp_paths import Path, parse_path
from workers.adapters.smtp_replies import Refused, Reply
from workers.adapters.smtp_shared import Shared
from workers.routing.received_mail import ReceivedMail, Recipient, RefusedByRule

_log = structlog.get_logger(__name__)

_HELO_CHARACTERS = 255


@dataclass(slots=True)
class Transaction:
    """The envelope as far as the client has said it. `sender` None: no MAIL yet; empty: the null sender."""

    sender: str | None = None
    parameters: MailParameters = NO_PARAMETERS
    recipients: list[Recipient] = field(default_factory=list)


class SmtpCommands(SMTP):
    """Commands without the connection: `say` what they answer, raise `Refused` where that ends them."""

    session: Session
    transaction: Transaction

    def __init__(self, shared: Shared) -> None:
        # Not aiosmtpd's own constructor: it inspects all methods for each connection (85 us) and may ask DNS.
        self.shared = shared
        self.loop = shared.loop
        self.peer = ""
        self.is_tls = False
        self.unknown_mailboxes = 0
        self.reset()

    def say(self, reply: Reply) -> None:
        raise NotImplementedError

    def say_lines(self, lines: list[str]) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def reset(self) -> None:
        self.transaction = Transaction()

    @override
    async def smtp_HELO(self, hostname: str | None) -> None:
        self._greeted(hostname)
        self.session.extended_smtp = False
        self.say_lines([f"250 {self.shared.hostname}"])

    @override
    async def smtp_EHLO(self, hostname: str | None) -> None:
        self._greeted(hostname)
        self.session.extended_smtp = True
        offers = [
            self.shared.hostname,
            f"SIZE {self.shared.limits.message_bytes}",
            "8BITMIME",
            "SMTPUTF8",
            "PIPELINING",
            *(["STARTTLS"] if self._offers_tls else []),
            "ENHANCEDSTATUSCODES",
        ]
        self.say_lines([*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"])

    @override
    async def smtp_MAIL(self, arg: str | None) -> None:
        if self.transaction.sender is not None:
            raise Refused(replies.NESTED_MAIL)
        path, parameters = self._sender(arg or "")
        if (parameters.size or 0) > self.shared.limits.message_bytes:
            raise Refused(replies.TOO_BIG)
        if not self.shared.available():
            raise Refused(replies.TRY_LATER)
        self.transaction.sender = path.address
        self.transaction.parameters = parameters
        self.say(replies.SENDER_OK)

    @override
    async def smtp_RCPT(self, arg: str | None) -> None:
        if self.transaction.sender is None:
            raise Refused(replies.MAIL_FIRST)
        path = parse_path(arg or "", "TO:")
        if path is None or not path.address:
            raise Refused(replies.BAD_RECIPIENT)
        self._require_ascii(path, self.transaction.parameters)
        dsn = rcpt_parameters(path.parameters)
        if len(self.transaction.recipients) >= self.shared.limits.recipients:
            raise Refused(replies.TOO_MANY_RECIPIENTS)
        match = self.shared.lookup(path.address)
        if match is None:
            self.unknown_mailboxes += 1
            raise Refused(replies.UNKNOWN_MAILBOX)
        recipient = Recipient(path.address, match.mailbox, match.plus_tag, dsn)
        self._require_no_rule_against(recipient)
        self.transaction.recipients.append(recipient)
        self.say(replies.RECIPIENT_OK)

    @override
    async def smtp_RSET(self, arg: str | None) -> None:
        self._require_no_argument(arg)
        self.reset()
        self.say(replies.OK)

    @override
    async def smtp_NOOP(self, arg: str | None) -> None:
        self.say(replies.OK)

    @override
    async def smtp_QUIT(self, arg: str | None) -> None:
        self._require_no_argument(arg)
        self.say(replies.BYE)
        self.close()

    @override
    async def smtp_VRFY(self, arg: str | None) -> None:
        if not arg:
            raise Refused(replies.BAD_SYNTAX)
        self.say(replies.CANNOT_VERIFY)

    @override
    async def smtp_EXPN(self, arg: str | None) -> None:
        raise Refused(replies.NOT_IMPLEMENTED)

    @override
    async def smtp_AUTH(self, arg: str | None) -> None:
        raise Refused(replies.NOT_IMPLEMENTED)

    @override
    async def smtp_HELP(self, arg: str | None) -> None:
        self.say(replies.HELP)

    def _require_no_rule_against(self, recipient: Recipient) -> None:
        try:
            self.shared.screen(self.received(b"", (recipient,)))
        except RefusedByRule as error:
            raise Refused(self.refused_by(error)) from None

    def refused_by(self, error: RefusedByRule) -> Reply:
        """Its answer. There will be no receipt, so the log has it."""
        _log.info("smtp-refused-by-rule", rule=error.rule, code=error.answer.code)
        return replies.of_rule(error.answer)

    def received(self, content: bytes, recipients: tuple[Recipient, ...]) -> ReceivedMail:
        """The transaction for these of its recipients, with its content."""
        transaction = self.transaction
        return ReceivedMail(
            mail_from=transaction.sender or "",
            recipients=recipients,
            content=content,
            peer=self.peer,
            helo=self.session.host_name or "",
            tls=self.is_tls,
            smtp_utf8=transaction.parameters.smtp_utf8,
            ret=transaction.parameters.ret,
            envid=transaction.parameters.envid,
        )

    @property
    def _offers_tls(self) -> bool:
        return self.shared.tls_context is not None and not self.is_tls

    def _greeted(self, hostname: str | None) -> None:
        if not hostname:
            raise Refused(replies.BAD_SYNTAX)
        self.reset()
        self.session.host_name = "".join(c for c in hostname if c.isprintable())[:_HELO_CHARACTERS]

    def _sender(self, arg: str) -> tuple[Path, MailParameters]:
        if self.session.host_name is None:
            raise Refused(replies.HELO_FIRST)
        path = parse_path(arg, "FROM:")
        if path is None:
            raise Refused(replies.BAD_SENDER)
        parameters = mail_parameters(path.parameters)
        self._require_ascii(path, parameters)
        return path, parameters

    @staticmethod
    def _require_ascii(path: Path, parameters: MailParameters) -> None:
        if not (path.address.isascii() or parameters.smtp_utf8):
            raise Refused(replies.NEEDS_SMTPUTF8)

    @staticmethod
    def _require_no_argument(arg: str | None) -> None:
        if arg:
            raise Refused(replies.BAD_SYNTAX)
