"""Names that a policy uses and must itself define, and addresses that only one mailbox may have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import chain

from config.problems import Problem
from config.yaml_places import KeyPath
from schemas.addresses import normal_address
from schemas.policy_document import PolicyDocument
from schemas.policy_rules import When


def reference_problems(document: PolicyDocument) -> list[Problem]:
    """All references inside the policy that lead nowhere, and all names that are used twice."""
    parts = (_mailboxes, _aliases, _groups, _contracts, _rules)
    return list(chain.from_iterable(part(document) for part in parts))


def repeated_mailboxes(raw: object) -> list[Problem]:
    """Mailboxes that only differ in how their address is written; `raw` is the file's value."""
    mailboxes = raw.get("mailboxes") if isinstance(raw, dict) else None
    first: dict[str, str] = {}
    problems = []
    for written in mailboxes if isinstance(mailboxes, dict) else ():
        try:
            other = first.setdefault(normal_address(written), written)
        except ValueError:
            continue
        if other != written:
            problems.append(Problem(("mailboxes", written), f"is the same mailbox as {other}; keep one"))
    return problems


def unknown(path: KeyPath, kind: str, name: str | None, known: Collection[str]) -> Iterator[Problem]:
    """A problem where the name is given and not one of the known."""
    if name is not None and name not in known:
        few = ", ".join(sorted(known)[:8]) or "none"
        yield Problem(path, f"there is no {kind} {name}; define it, or use one of: {few}")


def _mailboxes(document: PolicyDocument) -> Iterator[Problem]:
    catching = [address for address, box in document.mailboxes.items() if box.catch_all]
    for address, box in document.mailboxes.items():
        yield from unknown(("mailboxes", address, "process"), "process", box.process, document.processes)
        if box.catch_all and address != catching[0]:
            path = ("mailboxes", address, "catch_all")
            yield Problem(path, f"{catching[0]} is the catch-all already; only one can be")


def _aliases(document: PolicyDocument) -> Iterator[Problem]:
    uses = Counter(alias for box in document.mailboxes.values() for alias in box.aliases)
    for address, box in document.mailboxes.items():
        for alias in box.aliases:
            path = ("mailboxes", address, "aliases")
            if alias in document.mailboxes:
                yield Problem(path, f"{alias} is a mailbox of its own; remove the alias or the mailbox")
            elif uses[alias] > 1:
                yield Problem(path, f"{alias} is an alias of {uses[alias]} mailboxes; keep one")


def _groups(document: PolicyDocument) -> Iterator[Problem]:
    for name, group in document.groups.items():
        path = ("groups", name)
        for process in group.processes:
            yield from unknown((*path, "processes", process), "process", process, document.processes)
        for price_list in group.price_lists:
            yield from unknown((*path, "price_lists"), "price list", price_list, document.price_lists)
        if group.sla:
            contract = document.sla.contracts.get(group.sla.contract)
            contracts = document.sla.contracts
            yield from unknown((*path, "sla", "contract"), "contract", group.sla.contract, contracts)
            levels = contract.levels if contract else (group.sla.default_level,)
            yield from unknown((*path, "sla", "default_level"), "level", group.sla.default_level, levels)


def _contracts(document: PolicyDocument) -> Iterator[Problem]:
    for name, contract in document.sla.contracts.items():
        path = ("sla", "contracts", name)
        for severity, level in contract.severities.items():
            yield from unknown((*path, "severities", severity), "level", level, contract.levels)
        for level, targets in contract.levels.items():
            place = (*path, "levels", level, "calendar")
            yield from unknown(place, "calendar", targets.calendar, document.sla.calendars)


def _rules(document: PolicyDocument) -> Iterator[Problem]:
    uses = Counter(rule.id for rule in document.rules)
    for index, rule in enumerate(document.rules):
        if uses[rule.id] > 1:
            yield Problem(("rules", index, "id"), f"{rule.id} is the id of {uses[rule.id]} rules; rename")
        yield from unknown(
            ("rules", index, "set", "process"), "process", rule.set.process, document.processes
        )
        yield from _conditions(document, rule.when, ("rules", index, "when"))


def _conditions(document: PolicyDocument, when: When, path: KeyPath) -> Iterator[Problem]:
    for mailbox in when.mailbox:
        yield from unknown((*path, "mailbox"), "mailbox", mailbox, document.mailboxes)
    for each, place in nested_conditions(when, path):
        yield from _conditions(document, each, place)


def nested_conditions(when: When, path: KeyPath) -> Iterator[tuple[When, KeyPath]]:
    """The mappings directly inside this one, each with its path."""
    for index, each in enumerate(when.all):
        yield each, (*path, "all", index)
    for index, each in enumerate(when.any):
        yield each, (*path, "any", index)
    if when.not_:
        yield when.not_, (*path, "not")
