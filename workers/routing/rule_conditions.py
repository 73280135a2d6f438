"""Conditions of rules, compiled: a mapping holds where all its keys do; of a list of values any one is enough (R52).

A condition on what the mail does not have (an absent header, no attachment) does not hold, so `not` around it
does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_network

from schemas.addresses import domain_of
from schemas.policy_rules import SizeCondition, When
from schemas.regex import Pattern, compile_regex
from workers.routing.rule_facts import RuleFacts

Condition = Callable[[RuleFacts], str | None]
"""None where it holds, else the name of the first key that did not."""
Test = Callable[[RuleFacts], bool]


def compile_when(when: When) -> Condition:
    """The mapping as a function. Keys are tried in the model's order, nested mappings last."""
    tests = tuple(_tests(when))

    def first_missed(facts: RuleFacts) -> str | None:
        for name, test in tests:
            if not test(facts):
                return name
        return None

    return first_missed


def condition_names(when: When) -> tuple[str, ...]:
    """All that a `Condition` of it may give."""
    return tuple(name.rstrip("_") for name in when.conditions())


def _tests(when: When) -> Iterable[tuple[str, Test]]:
    for name in when.conditions():
        yield name.rstrip("_"), _COMPILERS[name](getattr(when, name))


def _regex(read: Callable[[RuleFacts], Iterable[str]]) -> Callable[[Iterable[str]], Test]:
    def compile_(patterns: Iterable[str]) -> Test:
        compiled = tuple(compile_regex(pattern) for pattern in patterns)
        return lambda facts: _matches(compiled, read(facts))

    return compile_


def _matches(patterns: tuple[Pattern, ...], values: Iterable[str]) -> bool:
    for value in values:  # without a generator: rules are run on every mail
        octets = value.encode()
        for pattern in patterns:
            if pattern.search(octets) is not None:
                return True
    return False


def _present(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _headers(by_name: Mapping[str, Iterable[str]]) -> Test:
    """Each of the names must have a value that matches."""
    compiled = {
        name: tuple(compile_regex(pattern) for pattern in patterns) for name, patterns in by_name.items()
    }
    return lambda facts: all(
        _matches(patterns, facts.headers.get(name, ())) for name, patterns in compiled.items()
    )


def _addresses(read: Callable[[RuleFacts], Iterable[str]]) -> Callable[[Iterable[str]], Test]:
    """Patterns are whole addresses, or `@domain` for all of exactly this domain."""

    def compile_(patterns: Iterable[str]) -> Test:
        wanted = frozenset(patterns)
        return lambda facts: any(a in wanted or f"@{domain_of(a)}" in wanted for a in read(facts) if a)

    return compile_


def _one_of(read: Callable[[RuleFacts], str]) -> Callable[[Iterable[str]], Test]:
    def compile_(values: Iterable[str]) -> Test:
        wanted = frozenset(values)
        return lambda facts: read(facts) in wanted

    return compile_


def _peer(networks: Iterable[str]) -> Test:
    compiled = tuple(ip_network(network) for network in networks)
    return lambda facts: facts.peer is not None and any(facts.peer in network for network in compiled)


def _size(bounds: SizeCondition) -> Test:
    def fits(facts: RuleFacts) -> bool:
        over = bounds.over_bytes is None or facts.size_bytes > bounds.over_bytes
        return over and (bounds.under_bytes is None or facts.size_bytes < bounds.under_bytes)

    return fits


def _equal(read: Callable[[RuleFacts], bool]) -> Callable[[bool], Test]:
    return lambda wanted: lambda facts: read(facts) is wanted


def _groups(groups: Iterable[str]) -> Test:
    wanted = frozenset(groups)
    return lambda facts: not wanted.isdisjoint(facts.sender_groups)


def _all(whens: Iterable[When]) -> Test:
    compiled = tuple(compile_when(when) for when in whens)
    return lambda facts: all(missed(facts) is None for missed in compiled)


def _any(whens: Iterable[When]) -> Test:
    compiled = tuple(compile_when(when) for when in whens)
    return lambda facts: any(missed(facts) is None for missed in compiled)


def _not(when: When) -> Test:
    compiled = compile_when(when)
    return lambda facts: compiled(facts) is not None


_COMPILERS: Mapping[str, Callable[..., Test]] = {
    "mail_from_regex": _regex(lambda facts: (facts.mail_from,)),
    "helo_regex": _regex(lambda facts: _present(facts.helo)),
    "peer": _peer,
    "tls": _equal(lambda facts: facts.tls),
    "sender": _addresses(lambda facts: (facts.sender,)),
    "sender_regex": _regex(lambda facts: _present(facts.sender)),
    "recipient": _addresses(lambda facts: facts.recipients),
    "recipient_regex": _regex(lambda facts: facts.recipients),
    "mailbox": _one_of(lambda facts: facts.mailbox),
    "subject_regex": _regex(lambda facts: (facts.subject,)),
    "header_regex": _headers,
    "text_regex": _regex(lambda facts: (facts.text,)),
    "attachment_regex": _regex(lambda facts: facts.attachment_names),
    "size": _size,
    "classification": _one_of(lambda facts: facts.classification),
    "identity_level": _one_of(lambda facts: facts.identity_level),
    "sender_known": _equal(lambda facts: facts.sender_known),
    "sender_groups": _groups,
    "all": _all,
    "any": _any,
    "not_": _not,
}
