"""Mail refused by a rule while the SMTP client waits."""

from typing import Any

from schemas.policy_rules import RejectAs
from tests.support.builders import MAILBOX
from tests.support.routing_builders import PERSONAL, a_mail, a_policy
from workers.routing.rejection import rejection
from workers.routing.rule_facts import facts_of

SPAM = {"subject_regex": "(?i)lottery"}
REFUSE = {"code": 554, "status": "5.7.1", "text": "no lottery"}


def answer(*rules: dict[str, Any], **fields: Any) -> RejectAs | None:
    mail = a_mail(**{"subject": "Lottery", **fields})
    return rejection(facts_of(mail), a_policy(rules=rules))


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
