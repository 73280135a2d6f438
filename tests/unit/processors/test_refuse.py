"""Mail refused by rules, with what is known while the client waits."""

from typing import Any

import pytest

from schemas.policy_events import PolicyVersion
from tests.support.builders import MAILBOX, a_policy, raw_mail
from workers.adapters.mime_parser import parse_mail
from workers.errors import DependencyUnavailable
from workers.processors.refuse import RefuseMail
from workers.routing.identity import Signer
from workers.routing.received_mail import ReceivedMail, Recipient, RefusedByRule

ORDERS, PERSONAL = "orders@acme.example", "jana@acme.example"
LOTTERY = raw_mail(subject="=?utf-8?q?Lottery?=")


def a_rule(rule_id: str = "spam", *, code: int = 550, **when: Any) -> dict[str, Any]:
    status = f"{code // 100}.7.1"
    when = when or {"subject_regex": "Lottery"}
    return {"id": rule_id, "when": when, "reject_as": {"code": code, "status": status, "text": "no"}}


def refusing(*rules: dict[str, Any], **policy: Any) -> RefuseMail:
    version = PolicyVersion(version="p" * 64, policy=a_policy(rules=rules, **policy))
    return RefuseMail(Signer(b"a secret for tests only"), parse_mail, lambda: version)


def a_mail(content: bytes = LOTTERY, *mailboxes: str, mail_from: str = "jan@acme.test") -> ReceivedMail:
    recipients = tuple(Recipient(box.upper(), box) for box in mailboxes or (MAILBOX,))
    return ReceivedMail(mail_from, recipients, content, "192.0.2.7", "mail.acme.test")


async def refused_by(refuse: RefuseMail, mail: ReceivedMail) -> str | None:
    try:
        await refuse.after_data(mail)
    except RefusedByRule as refused:
        return refused.rule
    return None


@pytest.mark.parametrize(
    "when",
    [
        {"subject_regex": "^Lottery$"},
        {"sender": "@acme.test"},
        {"recipient": MAILBOX},
        {"mailbox": MAILBOX},
        {"size": {"over_bytes": 10}},
        {"header_regex": {"to": "support"}},
        {"text_regex": "burns"},
        {"classification": "human"},
        {"not": {"attachment_regex": "."}},
        {"not": {"tls": True}, "helo_regex": "mail"},
    ],
)
async def test_a_rule_sees_the_mail_as_it_will_be_understood(when: dict[str, Any]) -> None:
    """R51: every condition that the directory is not needed for; addresses without their case."""
    first = a_rule("first", subject_regex="never")
    assert "spam" == await refused_by(refusing(first, a_rule(**when)), a_mail())


async def test_behind_a_trusted_relay_the_one_it_wrote_for_is_the_sender() -> None:
    """As after acceptance."""
    raw = raw_mail(headers=(("X-Original-From", "m@evil.test"),))
    rule = a_rule("evil", sender="@evil.test")
    assert "evil" == await refused_by(refusing(rule, trusted_relays=["192.0.2.0/24"]), a_mail(raw))
    assert await refused_by(refusing(rule), a_mail(raw)) is None


async def test_a_mail_to_several_mailboxes_is_refused_only_by_all_of_them() -> None:
    """One answer for all: what one mailbox is owed is not lost by another's rule."""
    here, there = (
        a_rule("here", mailbox=MAILBOX, subject_regex="."),
        a_rule("there", mailbox=ORDERS, subject_regex="."),
    )
    both = a_mail(LOTTERY, MAILBOX, ORDERS)
    assert await refused_by(refusing(here), both) is None
    assert "here" == await refused_by(refusing(here, there), both)


async def test_of_several_answers_a_temporary_one_is_given() -> None:
    """What is tried again is judged again."""
    later = a_rule("later", code=451, mailbox=ORDERS, subject_regex=".")
    assert "later" == await refused_by(refusing(later, a_rule()), a_mail(LOTTERY, MAILBOX, ORDERS))


async def test_private_mail_is_refused_by_no_word_of_it() -> None:
    """R42: content rules do not run on it."""
    assert await refused_by(refusing(a_rule()), a_mail(LOTTERY, PERSONAL)) is None


async def test_a_rule_on_the_envelope_answers_at_rcpt() -> None:
    """Each recipient by itself."""
    refuse = refusing(a_rule(mail_from_regex="@spam.test$"))
    refuse.at_rcpt(a_mail(b""))
    with pytest.raises(RefusedByRule) as refused:
        refuse.at_rcpt(a_mail(b"", mail_from="x@SPAM.test"))
    assert ("spam", 550) == (refused.value.rule, refused.value.answer.code)


async def test_a_new_policy_refuses_at_once() -> None:
    """Rules are compiled anew where the version has changed."""
    versions = [
        PolicyVersion(version=str(number) * 64, policy=a_policy(rules=rules))
        for number, rules in enumerate([[], [a_rule()]])
    ]
    refuse = RefuseMail(Signer(b"a secret for tests only"), parse_mail, lambda: versions[0])
    assert await refused_by(refuse, a_mail()) is None
    versions.pop(0)
    assert "spam" == await refused_by(refuse, a_mail())


async def test_without_a_policy_nothing_is_refused_for_good() -> None:
    """P6: 4xx."""

    def no_policy() -> PolicyVersion:
        raise DependencyUnavailable("no policy is active yet")

    refuse = RefuseMail(Signer(b"a secret for tests only"), parse_mail, no_policy)
    with pytest.raises(DependencyUnavailable):
        await refuse.after_data(a_mail())
