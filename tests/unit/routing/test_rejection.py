"""Mail refused by a rule while the SMTP client waits."""

from typing import Any

from schemas.policy_rules import RejectAs
from tests.support.builders import MAILBOX
from tests.support.routing_builders import PERSONAL, a_mail, a_policy
from workers.routing.rejection import all_decided_at_rcpt, deciding_at_rcpt, refusing_at_rcpt, refusing_rule
from workers.routing.rule_facts import facts_of

SPAM = {"subject_regex": "(?i)lottery"}
REFUSE = {"code": 554, "status": "5.7.1", "text": "no lottery"}


def answer(*rules: dict[str, Any], **fields: Any) -> RejectAs | None:
    mail = a_mail(**{"subject": "Lottery", **fields})
    rule = refusing_rule(facts_of(mail), a_policy(rules=rules))
    return rule.reject_as if rule else None


def at_rcpt(*rules: dict[str, Any], **fields: Any) -> str | None:
    rule = refusing_at_rcpt(facts_of(a_mail(**fields)), deciding_at_rcpt(a_policy(rules=rules)))
    return rule.id if rule else None


def a_refusal(rule_id: str = "spam", **when: Any) -> dict[str, Any]:
    return {"id": rule_id, "when": when or SPAM, "reject_as": REFUSE}


def test_a_met_rule_refuses_with_its_answer() -> None:
    """R51 R54: the first met one."""
    assert RejectAs.model_validate(REFUSE) == answer(a_refusal())
    assert answer(a_refusal(), subject="Printer") is None
    assert answer() is None


def test_a_met_rule_with_stop_before_it_lets_the_mail_in() -> None:
    """R51: stop ends the rules here, too."""
    friends = {"id": "friends", "when": {"mailbox": MAILBOX}, "stop": True}
    assert answer(friends, a_refusal()) is None
    assert answer({**friends, "when": {"mailbox": "other@acme.example"}}, a_refusal()) is not None


def test_nothing_is_refused_behind_a_stop_that_only_the_directory_can_decide() -> None:
    """R55: known authors are not refused by a rule that stands behind the one for them."""
    known = {"id": "known", "when": {"sender_known": True}, "stop": True}
    assert answer(known, a_refusal()) is None
    assert answer({**known, "stop": False, "set": {"area": "sales"}}, a_refusal()) is not None


def test_content_does_not_refuse_private_mail() -> None:
    """R42: nobody reads it, not even to refuse it; its envelope may."""
    assert answer(a_refusal(), mailbox=PERSONAL) is None
    assert answer(a_refusal(peer="192.0.2.0/24"), mailbox=PERSONAL) is not None


def test_content_does_not_refuse_what_a_rule_makes_private() -> None:
    """R42: wherever that rule stands, and also where only the directory can say whether it is met."""
    private = {"id": "private", "when": {"peer": "192.0.2.0/24"}, "set": {"private": True}}
    assert answer(a_refusal(), private) is None
    assert answer(a_refusal(), {**private, "when": {"sender_known": True}}) is None
    assert answer(a_refusal(), {**private, "when": {"peer": "198.51.100.0/24"}}) is not None


def test_content_does_not_refuse_behind_content_that_makes_private() -> None:
    """R42: the last content rule is the one that makes it private; before it they ran."""
    private = {"id": "private", "when": {"text_regex": "."}, "set": {"private": True}}
    assert answer(private, a_refusal()) is None
    assert answer(a_refusal(), private) is not None


def test_the_envelope_is_refused_at_rcpt() -> None:
    """Before the content is sent."""
    assert "spam" == at_rcpt(a_refusal(mail_from_regex="@acme.test$"))
    assert "spam" == at_rcpt({**a_refusal(), "when": {"not": {"helo_regex": "trusted"}}})
    assert at_rcpt(a_refusal(mail_from_regex="@other.test$")) is None


def test_a_rule_before_that_reads_more_leaves_it_to_the_end_of_data() -> None:
    """R51: it may end the rules, or refuse with another answer."""
    friends = {"id": "friends", "when": {"subject_regex": "."}, "stop": True}
    assert at_rcpt(friends, a_refusal(peer="192.0.2.0/24")) is None
    assert answer(friends, a_refusal(peer="192.0.2.0/24")) is None
    assert "spam" == at_rcpt({**friends, "stop": False, "set": {"area": "x"}}, a_refusal(peer="192.0.2.0/24"))


def test_no_mail_is_read_for_rules_that_are_decided_at_rcpt() -> None:
    """Reading costs; what stands behind the last refusal does not count."""
    content = {"id": "content", "when": {"subject_regex": "."}, "stop": True}
    assert all_decided_at_rcpt(a_policy(rules=[]))
    assert all_decided_at_rcpt(a_policy(rules=[a_refusal(tls=False), content]))
    assert not all_decided_at_rcpt(a_policy(rules=[content, a_refusal(tls=False)]))
    assert not all_decided_at_rcpt(a_policy(rules=[a_refusal()]))
