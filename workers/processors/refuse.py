"""Refuse a mail by a rule of the policy (`reject_as`), while its client waits and still has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from schemas.mail import Envelope
from schemas.policy_events import PolicyVersion
from schemas.policy_rules import Rule
from schemas.unchecked import unchecked
from workers.processors.enrich import MailParser
from workers.routing.classification import classify
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.identity import Signer
from workers.routing.parsed_mail import ParsedMail
from workers.routing.received_mail import ReceivedMail, RefusedByRule
from workers.routing.rejection import all_decided_at_rcpt, deciding_at_rcpt, refusing_at_rcpt, refusing_rule
from workers.routing.rule_facts import RuleFacts, facts_at_smtp
from workers.routing.rules import CompiledRule
from workers.routing.sender import authors_of
from workers.routing.trusted_relays import is_trusted_relay

_THREAD_FROM_BYTES = 256 * 1024
_envelope_of = unchecked(Envelope)
"""Of values that the SMTP session has bounded and decoded."""


class RefuseMail:
    """Both checks raise `RefusedByRule`, or `DependencyUnavailable` where there is no policy yet.

    No mail is parsed for a policy whose rules refuse nothing, or by the envelope only.
    """

    def __init__(self, signer: Signer, parse: MailParser, current: Callable[[], PolicyVersion]) -> None:
        self._signer = signer
        self._parse = parse
        self._current = current
        self._compiled: CompiledPolicy | None = None
        self._at_rcpt: tuple[CompiledRule, ...] = ()
        self._decided_at_rcpt = False

    def at_rcpt(self, mail: ReceivedMail) -> None:
        """By the envelope of `mail`, whose only recipient is the one that is asked about."""
        self._policy()
        if not self._at_rcpt:
            return
        (recipient,) = mail.recipients
        rule = refusing_at_rcpt(_envelope_facts(mail, recipient.mailbox), self._at_rcpt)
        if rule is not None:
            raise _refused(rule)

    async def after_data(self, mail: ReceivedMail) -> None:
        """SMTP has one answer for all recipients: the mail is refused only where each of its mailboxes refuses it.

        Otherwise all of them get it, for what one mailbox is owed is not lost by what another refuses. Of several
        answers a temporary one is given: what is tried again is judged again.
        """
        policy = self._policy()
        if self._decided_at_rcpt:
            return
        parsed = await self._parsed(mail.content)
        rules = [
            refusing_rule(_facts(mail, mailbox, parsed, policy, self._signer), policy)
            for mailbox in dict.fromkeys(recipient.mailbox for recipient in mail.recipients)
        ]
        refusing = [rule for rule in rules if rule is not None]
        if rules and len(refusing) == len(rules):
            raise _refused(
                min(refusing, key=lambda rule: rule.reject_as.code // 100 if rule.reject_as else 9)
            )

    def _policy(self) -> CompiledPolicy:
        current = self._current()
        if self._compiled is None or self._compiled.version != current.version:
            self._compiled = compile_policy(current.policy, current.version)
            self._at_rcpt = deciding_at_rcpt(self._compiled)
            self._decided_at_rcpt = all_decided_at_rcpt(self._compiled)
        return self._compiled

    async def _parsed(self, content: bytes) -> ParsedMail:
        if len(content) < _THREAD_FROM_BYTES:
            return self._parse(content)
        return await asyncio.to_thread(self._parse, content)


def _refused(rule: Rule) -> RefusedByRule:
    if rule.reject_as is None:
        raise ValueError(f"rule {rule.id} refuses nothing")
    return RefusedByRule(rule.id, rule.reject_as)


def _facts(
    mail: ReceivedMail, mailbox: str, parsed: ParsedMail, policy: CompiledPolicy, signer: Signer
) -> RuleFacts:
    """As `facts_of` gives them after acceptance, without those of the directory."""
    envelope = _envelope(mail, mailbox)
    trusted = is_trusted_relay(mail.peer, policy.policy.trusted_relays)
    return facts_at_smtp(
        envelope,
        mailbox,
        sender=authors_of(parsed, envelope).named(trusted)[0],
        subject=parsed.subject,
        headers=parsed.headers,
        text=parsed.text,
        attachments=parsed.attachments,
        size_bytes=len(mail.content),
        classification=classify(parsed, envelope, mailbox, signer).classification,
    )


def _envelope_facts(mail: ReceivedMail, mailbox: str) -> RuleFacts:
    """What rules on the envelope look at; the rest is empty."""
    return facts_at_smtp(
        _envelope(mail, mailbox),
        mailbox,
        sender="",
        subject="",
        headers=(),
        text="",
        attachments=(),
        size_bytes=0,
        classification="",
    )


def _envelope(mail: ReceivedMail, mailbox: str) -> Envelope:
    return _envelope_of(
        mail_from=mail.mail_from,
        rcpt_to=tuple(dict.fromkeys(r.address for r in mail.recipients if r.mailbox == mailbox)),
        peer=mail.peer,
        helo=mail.helo,
        tls=mail.tls,
    )
