"""Rules that can never be met, that others undo, or that hide mail from everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from config.finding import Finding, error, warning
from config.rule_implication import contradicts_itself, implies
from schemas.policy import Mailbox, PolicyBase
from schemas.policy_rules import Rule, When


def rule_findings(policy: PolicyBase) -> Iterator[Finding]:
    """In the rules' order."""
    rules = policy.rules
    for index, rule in enumerate(rules):
        yield from _unreachable(index, rules)
        yield from _undone(index, rules)
        yield from _never_met(index, rule)
        yield from _reads_private_content(index, policy)
        yield from _hides_from_everybody(index, rule, policy.mailboxes)


def _unreachable(index: int, rules: Sequence[Rule]) -> Iterator[Finding]:
    rule = rules[index]
    ends = [earlier for earlier in rules[:index] if earlier.stop and implies(rule.when, earlier.when)]
    if ends:
        other = ends[0].id
        text = f"rule {rule.id} is never reached: each mail that meets it meets {other} before, which ends the rules"
        yield warning(("rules", index), text, f"move it above {other}, or make {other} narrower")


def _undone(index: int, rules: Sequence[Rule]) -> Iterator[Finding]:
    """Shadowed: whatever it sets is set again by a later rule that each of its mails meets."""
    rule = rules[index]
    if rule.stop or rule.suppress or rule.reject_as:
        return
    fields = _fields(rule)
    for later in rules[index + 1 :]:
        if fields <= _fields(later) and _always_after(rule, later):
            text = (
                f"rule {rule.id} has no effect: {later.id} is met by all its mails, and sets the same again"
            )
            yield warning(("rules", index), text, f"remove it, or move it below {later.id}")
            return
        if later.stop:
            return


def _fields(rule: Rule) -> set[str]:
    return {name for name, value in rule.set if value is not None}


def _always_after(rule: Rule, later: Rule) -> bool:
    """Content rules do not run on private mail, so a later one may be left out where the first one is not."""
    skipped = later.reads_content and (not rule.reads_content or rule.set.private)
    return implies(rule.when, later.when) and not skipped


def _never_met(index: int, rule: Rule) -> Iterator[Finding]:
    if contradicts_itself(rule.when):
        text = f"rule {rule.id} can never be met: its conditions exclude one another"
        yield warning(("rules", index, "when"), text, "correct the bounds, or what stands in `not`")


def _reads_private_content(index: int, policy: PolicyBase) -> Iterator[Finding]:
    rule = policy.rules[index]
    reached = _mailboxes_of(rule.when, policy.mailboxes)
    opened = any(each.set.private is False for each in policy.rules)
    if rule.reads_content and reached and not opened and all(box.is_private for box in reached.values()):
        text = f"rule {rule.id} can never be met: it reads content, and its mailboxes are private"
        yield warning(("rules", index, "when"), text, "use conditions on the envelope or the sender")


def _hides_from_everybody(index: int, rule: Rule, mailboxes: Mapping[str, Mailbox]) -> Iterator[Finding]:
    if not rule.set.private:
        return
    reached = _mailboxes_of(rule.when, mailboxes)
    shared = sorted(address for address, box in reached.items() if box.owner is None)
    if not shared:
        return
    where = ("rules", index, "set", "private")
    what = "makes mail private that has no recipient, so nobody could read it"
    advice = "use area or user_group to narrow who sees it, or name personal mailboxes in `when.mailbox`"
    text = f"rule {rule.id} {what}: {', '.join(shared[:5])}"
    yield (error if len(shared) == len(reached) else warning)(where, text, advice)


def _mailboxes_of(when: When, mailboxes: Mapping[str, Mailbox]) -> dict[str, Mailbox]:
    """Those that its conditions leave. What `any` and `not` say of mailboxes is not looked at."""
    left = {address: box for address, box in mailboxes.items() if not when.mailbox or address in when.mailbox}
    for each in when.all:
        left = _mailboxes_of(each, left)
    return left
