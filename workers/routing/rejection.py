"""Whether a rule refuses a mail while its SMTP client waits (`reject_as`). After acceptance nothing does."""

from __future__ import annotations

from schemas.policy_rules import DIRECTORY_CONDITIONS, RejectAs
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.rule_facts import RuleFacts


def rejection(facts: RuleFacts, policy: CompiledPolicy) -> RejectAs | None:
    """The answer of the first met rule that has one; None: the mail is accepted.

    Facts of the directory are not known yet. A rule that asks for them and ends the rules may be met, so behind
    it nothing is refused: better one mail too many than a customer's lost. Content rules do not run on mail of a
    private mailbox (P5).
    """
    mailbox = policy.mailbox(facts.mailbox)
    private = mailbox is not None and mailbox.is_private
    for rule in policy.rules:
        if rule.reads_content and private:
            continue
        if rule.rule.when.uses(DIRECTORY_CONDITIONS):
            if rule.rule.stop:
                return None
            continue
        if rule.rule.reject_as is None and not rule.rule.stop:
            continue
        if rule.first_missed(facts) is None:
            return rule.rule.reject_as
    return None
