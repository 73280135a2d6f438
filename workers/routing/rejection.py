"""Whether a rule refuses a mail while its SMTP client waits (`reject_as`). After acceptance nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from schemas.policy_rules import DIRECTORY_CONDITIONS, ENVELOPE_CONDITIONS, Rule
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.rule_facts import RuleFacts
from workers.routing.rules import CompiledRule


def refusing_rule(facts: RuleFacts, policy: CompiledPolicy) -> Rule | None:
    """The first met rule with a `reject_as`, once all of the mail is there; None: the mail is accepted.

    Facts of the directory are not known yet. A rule that asks for them and ends the rules may be met, so behind
    it nothing is refused: better one mail too many than a customer's lost. Content rules do not run on mail that
    is private, or that a rule could make private (P5).
    """
    private = _may_be_private(facts, policy)
    for rule in policy.rules:
        if (rule.reads_content and private) or not _may_be_met(rule, facts):
            continue
        if rule.rule.stop and _needs_directory(rule):
            return None
        if rule.rule.reject_as or rule.rule.stop:
            return rule.rule if rule.rule.reject_as else None
        private = private or rule.rule.set.private is True
    return None


def deciding_at_rcpt(policy: CompiledPolicy) -> tuple[CompiledRule, ...]:
    """The rules that refuse, or end the others, by the envelope alone; up to the first that needs the content."""
    deciding = (rule for rule in policy.rules if rule.rule.reject_as or rule.rule.stop)
    return tuple(takewhile(lambda rule: rule.rule.when.uses_only(ENVELOPE_CONDITIONS), deciding))


def refusing_at_rcpt(facts: RuleFacts, deciding: Sequence[CompiledRule]) -> Rule | None:
    """As `refusing_rule`, of the rules that decide at RCPT."""
    met = next((rule.rule for rule in deciding if rule.first_missed(facts) is None), None)
    return met if met is not None and met.reject_as else None


def all_decided_at_rcpt(policy: CompiledPolicy) -> bool:
    """Whether no rule needs the content to refuse: then `refusing_at_rcpt` has said all, also that there is none."""
    places = [place for place, rule in enumerate(policy.rules) if rule.rule.reject_as]
    deciding = [rule.rule for rule in policy.rules[: max(places, default=-1) + 1]]
    return all(rule.when.uses_only(ENVELOPE_CONDITIONS) for rule in deciding if rule.reject_as or rule.stop)


def _may_be_private(facts: RuleFacts, policy: CompiledPolicy) -> bool:
    """By its mailbox, or by a rule that reads no content, wherever that stands."""
    mailbox = policy.mailbox(facts.mailbox)
    makes_private = [rule for rule in policy.rules if rule.rule.set.private and not rule.reads_content]
    return (mailbox is not None and mailbox.is_private) or any(
        _may_be_met(rule, facts) for rule in makes_private
    )


def _may_be_met(rule: CompiledRule, facts: RuleFacts) -> bool:
    return _needs_directory(rule) or rule.first_missed(facts) is None


def _needs_directory(rule: CompiledRule) -> bool:
    return rule.rule.when.uses(DIRECTORY_CONDITIONS)
