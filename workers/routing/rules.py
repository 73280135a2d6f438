"""The policy's rules on the first mail of a new ticket (R51-R53): in order, later ones overwrite, `stop` ends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.decision import Looked, Step
from schemas.mail import EnrichedMail
from schemas.policy_rules import Rule
from workers.routing.receipts import chosen, ignored, missed, step
from workers.routing.rule_conditions import Condition, compile_when, condition_names
from workers.routing.rule_facts import RuleFacts, facts_of

_SETTABLE = ("process", "area", "user_group", "handler", "private")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """`first_missed` gives the name of the first condition that the mail does not meet, None where it is met.

    `met`, `misses` (by such a name): what a receipt says of it.
    """

    rule: Rule
    candidate: str
    reads_content: bool
    sets: tuple[tuple[str, str | bool], ...]
    sets_private: bool
    met: Looked
    misses: Mapping[str, Looked]
    first_missed: Condition


@dataclass(slots=True)
class Ruled:
    """What the rules set, each value with the rule that set it last. `suppressed_by`: the rule that said so."""

    values: dict[str, str | bool] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    suppressed_by: str | None = None

    def text(self, name: str) -> str | None:
        """The id that was set for the field, None where no rule set it."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    @property
    def private(self) -> bool | None:
        """Whether the mail shall be private; None: no rule says."""
        value = self.values.get("private")
        return value if isinstance(value, bool) else None

    @property
    def key(self) -> tuple[tuple[str, str | bool, str], ...]:
        """All that was set, and by which rule, as a value."""
        return tuple((name, value, self.sources[name]) for name, value in sorted(self.values.items()))

    def met(self, rule: CompiledRule) -> None:
        """Take over what a met rule says."""
        for name, value in rule.sets:
            self.values[name], self.sources[name] = value, rule.candidate
        if rule.rule.suppress:
            self.suppressed_by = rule.candidate


def compile_rules(rules: Iterable[Rule]) -> tuple[CompiledRule, ...]:
    """Once per policy version."""
    return tuple(_compiled(rule) for rule in rules)


def _compiled(rule: Rule) -> CompiledRule:
    sets = _sets(rule)
    return CompiledRule(
        rule=rule,
        candidate=f"rule:{rule.id}",
        reads_content=rule.reads_content,
        sets=sets,
        sets_private=rule.set.private is not None,
        met=chosen(f"rule:{rule.id}", _effect(rule, sets)),
        misses={name: _missed(rule, name) for name in condition_names(rule.when)},
        first_missed=compile_when(rule.when),
    )


def run_rules(rules: tuple[CompiledRule, ...], mail: EnrichedMail, *, private: bool) -> tuple[Ruled, Step]:
    """What the rules set on a mail that the mailbox makes `private` or not, and how each of them fared.

    Content rules do not run on private mail (P5): not where the mailbox or a rule that reads no content makes it
    private, wherever that rule stands; nor behind a content rule that makes it private.
    """
    if not rules:
        return Ruled(), step("rules", None, "the policy has no rules")
    facts = facts_of(mail)
    private = _private_without_content(rules, facts, private)
    ruled, looked = _run(rules, facts, private)
    met = [look.candidate for look in looked if look.verdict == "chosen"]
    return ruled, step("rules", " ".join(met) or None, met[-1] if met else "no rule met", looked)


def _private_without_content(rules: tuple[CompiledRule, ...], facts: RuleFacts, private: bool) -> bool:
    if not [rule for rule in rules if rule.sets_private and not rule.reads_content]:
        return private
    ruled, _ = _run(tuple(rule for rule in rules if not rule.reads_content), facts, private)
    return private if ruled.private is None else ruled.private


def _run(rules: tuple[CompiledRule, ...], facts: RuleFacts, private: bool) -> tuple[Ruled, list[Looked]]:
    ruled = Ruled()
    looked: list[Looked] = []
    stopped_by: str | None = None
    for rule in rules:
        content_is_private = private or ruled.private is True
        looked.append(_look(rule, facts, content_is_private, stopped_by))
        if looked[-1].verdict == "chosen":
            ruled.met(rule)
            stopped_by = rule.candidate if rule.rule.stop else None
    return ruled, looked


def _look(rule: CompiledRule, facts: RuleFacts, content_is_private: bool, stopped_by: str | None) -> Looked:
    if stopped_by is not None:
        return ignored(rule.candidate, f"{stopped_by} ended the rules")
    if rule.reads_content and content_is_private:
        return ignored(rule.candidate, "content rules do not run on private mail")
    first_missed = rule.first_missed(facts)
    if first_missed is not None:
        return rule.misses[first_missed]
    return rule.met


def _missed(rule: Rule, condition: str) -> Looked:
    return missed(f"rule:{rule.id}", f"condition {condition} does not hold")


def _sets(rule: Rule) -> tuple[tuple[str, str | bool], ...]:
    given = ((name, getattr(rule.set, name)) for name in _SETTABLE)
    return tuple((name, value) for name, value in given if value is not None)


def _effect(rule: Rule, sets: tuple[tuple[str, str | bool], ...]) -> str:
    names = " ".join(name for name, _ in sets)
    effects = (
        f"sets {names}" if names else "",
        "suppresses" if rule.suppress else "",
        "ends the rules" if rule.stop else "",
    )
    return "met: " + (", ".join(effect for effect in effects if effect) or "answers at SMTP only")
