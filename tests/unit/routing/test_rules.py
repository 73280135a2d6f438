"""The policy's ordered rules on new tickets (R51-R53)."""

from typing import Any

import pytest

from schemas.mail import Attachment
from schemas.policy_rules import When
from tests.support.builders import MAILBOX, an_envelope
from tests.support.routing_builders import ORDERS, PERSONAL, a_mail, a_policy, decided, in_group
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.outcome import Decided


def a_rule(
    rule_id: str, when: dict[str, Any], stop: bool = False, suppress: bool = False, **sets: Any
) -> dict[str, Any]:
    return {"id": rule_id, "when": when, "set": sets, "stop": stop, "suppress": suppress}


def ruled(*rules: dict[str, Any]) -> CompiledPolicy:
    return a_policy(rules=rules)


def fates(decision: Decided) -> dict[str, str]:
    step = next(step for step in decision.receipt.steps if step.step == "rules")
    return {look.candidate: f"{look.verdict}: {look.why}" for look in step.looked_at}


INVOICE = {"subject_regex": "(?i)invoice"}
ALWAYS = {"mailbox": [MAILBOX, PERSONAL]}


def test_a_met_rule_refines_the_mailbox_s_process() -> None:
    """R13 R51: the invoice goes to ordering, with that process's handler, area and no SLA."""
    policy = ruled(a_rule("invoices", INVOICE, process="ordering"))
    ticket = decided(a_mail(subject="Your Invoice"), policy=policy).ticket
    assert ticket is not None
    assert ("ordering", "eva", "sales", None) == (ticket.process, ticket.handler, ticket.area, ticket.sla)
    assert "rule:invoices" == ticket.sources["process"]


def test_a_later_rule_overwrites_and_stop_ends() -> None:
    """R51: in order; a met rule with stop is the last one."""
    policy = ruled(
        a_rule("one", ALWAYS, area="sales", handler="jana"),
        a_rule("two", ALWAYS, stop=True, area="key-helpdesk"),
        a_rule("three", ALWAYS, area="helpdesk"),
    )
    decision = decided(a_mail(groups=()), policy=policy)
    ticket = decision.ticket
    assert ticket is not None
    assert ("key-helpdesk", "jana") == (ticket.area, ticket.handler)
    assert ("rule:two", "rule:one") == (ticket.sources["area"], ticket.sources["handler"])
    assert "ignored: rule:two ended the rules" == fates(decision)["rule:three"]


def test_a_rule_that_is_not_met_does_not_stop() -> None:
    """R51: a non-met rule of type stop continues."""
    policy = ruled(
        a_rule("one", INVOICE, stop=True, area="sales"), a_rule("two", ALWAYS, area="key-helpdesk")
    )
    decision = decided(a_mail(groups=()), policy=policy)
    assert decision.ticket is not None
    assert "key-helpdesk" == decision.ticket.area
    assert "missed: condition subject_regex does not hold" == fates(decision)["rule:one"]


def test_a_field_set_by_a_rule_beats_the_groups_and_leaves_the_others_to_them() -> None:
    """R10 R51: the rule's handler, the group's user group and area."""
    decision = decided(a_mail(), policy=ruled(a_rule("vip", ALWAYS, handler="jana")))
    ticket = decision.ticket
    assert ticket is not None
    assert ("jana", "second-level", "key-helpdesk") == (ticket.handler, ticket.user_group, ticket.area)
    handler = next(step for step in decision.receipt.steps if step.step == "handler")
    assert [("group:key-accounts", "lost"), ("rule:vip", "chosen")] == [
        (look.candidate, look.verdict) for look in handler.looked_at
    ]


def test_rules_do_not_run_on_follow_ups() -> None:
    """R51: they run on new tickets."""
    policy = ruled(a_rule("invoices", INVOICE, process="ordering"))
    first = decided(a_mail(), policy=policy)
    second = decided(a_mail(2, subject="Invoice"), first.state, policy)
    assert second.ticket is not None
    assert "helpdesk" == second.ticket.process


def test_a_rule_may_suppress_without_a_ticket() -> None:
    """R51: a suppressed mail is receipted, and nothing else."""
    decision = decided(a_mail(), policy=ruled(a_rule("noise", ALWAYS, suppress=True)))
    assert ("suppressed", None, None) == (decision.outcome, decision.ticket, decision.state)
    assert "suppressed by rule:noise" == decision.receipt.reason


PROGRAM = Attachment(name="invoice.pdf.exe", content_type="a/b", size_bytes=1, sha256="0" * 64)
CONDITIONS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"header_regex": {"X-Spam": "yes"}}, {}, False),
    ({"not": {"header_regex": {"X-Spam": "yes"}}}, {}, True),
    ({"header_regex": {"X-Spam": "yes"}}, {"headers": (("x-spam", "yes"),)}, True),
    ({"header_regex": {"X-Spam": "yes"}}, {"headers": (("X-Spam", "no"), ("X-Spam", "yes"))}, True),
    ({"attachment_regex": "."}, {}, False),
    ({"not": {"attachment_regex": "."}}, {}, True),
    ({"subject_regex": ["nothing", "fire"]}, {}, True),
    ({"subject_regex": "fire", "text_regex": "nothing"}, {}, False),
    ({"any": [{"subject_regex": "nothing"}, {"text_regex": "burns"}]}, {}, True),
    ({"all": [{"subject_regex": "fire"}, {"text_regex": "nothing"}]}, {}, False),
    ({"sender": "@acme.test"}, {}, True),
    ({"sender": "@test"}, {}, False),
    ({"sender": "Jan@ACME.test"}, {}, True),
    ({"sender_groups": ["other", "key-accounts"]}, {}, True),
    ({"sender_groups": "other"}, {}, False),
    ({"sender_known": False}, {}, False),
    ({"classification": ["list", "generated"]}, {"classification": "list"}, True),
    ({"identity_level": "aligned"}, {}, True),
    ({"tls": False}, {}, False),
    ({"peer": "192.0.2.0/24"}, {}, True),
    ({"peer": "192.0.2.0/24"}, {"envelope": an_envelope(peer="::ffff:192.0.2.9")}, True),
    ({"peer": "192.0.2.0/24"}, {"envelope": an_envelope(peer="unknown")}, False),
    ({"size": {"over_bytes": 240}}, {}, False),
    ({"size": {"over_bytes": 239, "under_bytes": 241}}, {}, True),
    ({"mail_from_regex": "^$"}, {"envelope": an_envelope(mail_from="")}, True),
    ({"recipient": MAILBOX}, {}, True),
    ({"helo_regex": "^mail"}, {}, True),
    ({"recipient": "@acme.example"}, {"envelope": an_envelope(rcpt_to=("Support@ACME.example",))}, True),
    ({"recipient": MAILBOX}, {"envelope": an_envelope(rcpt_to=("Support@ACME.example",))}, True),
    ({"recipient": "orders@acme.example"}, {}, False),
    (
        {"recipient_regex": "^support\\+vip@"},
        {"envelope": an_envelope(rcpt_to=("support+VIP@acme.example",))},
        True,
    ),
    ({"recipient_regex": "vip"}, {}, False),
    ({"mail_from_regex": "@acme.test$"}, {"envelope": an_envelope(mail_from="Jan@ACME.test")}, True),
    ({"mail_from_regex": "^$"}, {}, False),
    ({"helo_regex": "^evil"}, {}, False),
    ({"sender_regex": "^jan@"}, {}, True),
    ({"sender_regex": "^eva@"}, {}, False),
    ({"mailbox": MAILBOX}, {}, True),
    ({"mailbox": PERSONAL}, {}, False),
    ({"text_regex": "burns"}, {}, True),
    ({"attachment_regex": "\\.exe$"}, {"attachments": (PROGRAM,)}, True),
    ({"sender_known": True}, {}, True),
    ({"classification": "bounce"}, {}, False),
    ({"identity_level": "failed"}, {}, False),
    ({"tls": True}, {}, True),
    ({"size": {"under_bytes": 241}}, {}, True),
    ({"any": [{"subject_regex": "nothing"}, {"tls": False}]}, {}, False),
    ({"all": [{"subject_regex": "fire"}, {"tls": True}]}, {}, True),
    ({"not": {"tls": True}}, {}, False),
]


@pytest.mark.parametrize(("when", "fields", "holds"), CONDITIONS)
def test_conditions(when: dict[str, Any], fields: dict[str, Any], holds: bool) -> None:
    """R51 R52 R53: lines of one field are alternatives, fields add up, what is absent does not hold, `not` turns."""
    decision = decided(
        a_mail(groups=(in_group("key-accounts"),), **fields), policy=ruled(a_rule("r", when, area="sales"))
    )
    assert decision.ticket is not None
    assert ("sales" if holds else "key-helpdesk") == decision.ticket.area


def test_every_condition_is_shown_met_and_missed() -> None:
    """R52 R53: a new one needs both."""
    names = {field.alias or name for name, field in When.model_fields.items()}
    for expected in (True, False):
        shown = {name for when, _, holds in CONDITIONS for name in when if holds is expected}
        assert set() == names - shown


def test_content_rules_do_not_run_on_private_mail() -> None:
    """R42: a personal mailbox's mail is not read by rules on its words; rules on the envelope do run."""
    policy = ruled(
        a_rule("words", {"any": [{"text_regex": "burns"}, {"mailbox": PERSONAL}]}, handler="eva"),
        a_rule("envelope", {"sender": "@acme.test"}, area="sales"),
    )
    decision = decided(a_mail(mailbox=PERSONAL), policy=policy)
    assert "ignored: content rules do not run on private mail" == fates(decision)["rule:words"]
    assert decision.ticket is not None
    assert "sales" == decision.ticket.area


def test_content_rules_do_not_run_where_a_later_rule_makes_the_mail_private() -> None:
    """R42: in whatever order the rules stand."""
    policy = ruled(
        a_rule("words", {"text_regex": "burns"}, stop=True, area="sales"),
        a_rule("hush", {"sender": "@acme.test"}, private=True),
    )
    decision = decided(a_mail(), policy=policy)
    assert "ignored: content rules do not run on private mail" == fates(decision)["rule:words"]
    assert "?" == decision.tags[0].private_to


def test_a_content_rule_that_makes_private_is_the_last_content_rule() -> None:
    """R42: what it found private is not read further."""
    policy = ruled(
        a_rule("hush", {"text_regex": "burns"}, private=True),
        a_rule("words", {"text_regex": "burns"}, area="sales"),
    )
    decision = decided(a_mail(), policy=policy)
    assert "ignored: content rules do not run on private mail" == fates(decision)["rule:words"]


def test_a_rule_may_open_a_personal_mailbox_s_mail() -> None:
    """R42 R44: private false by rule, and then content rules may run."""
    policy = ruled(
        a_rule("words", {"text_regex": "burns"}, area="sales"),
        a_rule("open", {"mailbox": PERSONAL}, private=False),
    )
    decision = decided(a_mail(mailbox=PERSONAL), policy=policy)
    assert decision.tags[0].private_to is None
    assert decision.ticket is not None
    assert "sales" == decision.ticket.area


def test_orders_of_the_mailbox_need_no_rule() -> None:
    """R12 R13: the mailbox alone tells the process."""
    ticket = decided(a_mail(mailbox=ORDERS)).ticket
    assert ticket is not None
    assert ("ordering", f"mailbox:{ORDERS}") == (ticket.process, ticket.sources["process"])
