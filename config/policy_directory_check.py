"""Names that a policy uses and the directory must have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from config.policy_references import nested_conditions, unknown
from config.problems import Problem
from config.yaml_places import KeyPath
from schemas.directory import Directory
from schemas.policy import PolicyBase, Row
from schemas.policy_rules import RuleSets, When


def directory_mismatches(policy: PolicyBase, directory: Directory) -> list[Problem]:
    """All that the policy names and the directory lacks. Paths are those of the policy's file."""
    parts = (_books_and_areas, _mailboxes, _groups, _rules, _user_groups_processes)
    return list(chain.from_iterable(part(policy, directory) for part in parts))


def _books_and_areas(policy: PolicyBase, directory: Directory) -> Iterator[Problem]:
    book = policy.unknown_senders.address_book
    yield from unknown(("unknown_senders", "address_book"), "address book", book, directory.address_books)
    for name, process in policy.processes.items():
        path = ("processes", name, "default_area")
        yield from unknown(path, "area", process.default_area, directory.areas)


def _mailboxes(policy: PolicyBase, directory: Directory) -> Iterator[Problem]:
    for address, box in policy.mailboxes.items():
        path = ("mailboxes", address)
        yield from unknown((*path, "user_group"), "user group", box.user_group, directory.user_groups)
        yield from unknown((*path, "owner"), "user", box.owner, directory.users)


def _groups(policy: PolicyBase, directory: Directory) -> Iterator[Problem]:
    for name, group in policy.groups.items():
        path = ("groups", name)
        yield from unknown(path, "contact group", name, directory.contact_groups)
        known = directory.contact_groups.get(name)
        if known and known.type != "customers" and (group.sla or group.price_lists):
            what = f"is a group of {known.type}; only customers' groups give sla and price_lists: remove them"
            yield Problem(path, what)
        for process, row in group.processes.items():
            yield from _assigned((*path, "processes", process), row, directory)


def _rules(policy: PolicyBase, directory: Directory) -> Iterator[Problem]:
    for index, rule in enumerate(policy.rules):
        yield from _assigned(("rules", index, "set"), rule.set, directory)
        yield from _sender_groups(("rules", index, "when"), rule.when, directory)


def _assigned(path: KeyPath, row: Row | RuleSets, directory: Directory) -> Iterator[Problem]:
    yield from unknown((*path, "handler"), "user", row.handler, directory.users)
    yield from unknown((*path, "user_group"), "user group", row.user_group, directory.user_groups)
    yield from unknown((*path, "area"), "area", row.area, directory.areas)


def _sender_groups(path: KeyPath, when: When, directory: Directory) -> Iterator[Problem]:
    for group in when.sender_groups:
        yield from unknown((*path, "sender_groups"), "contact group", group, directory.contact_groups)
    for each, place in nested_conditions(when, path):
        yield from _sender_groups(place, each, directory)


def _user_groups_processes(policy: PolicyBase, directory: Directory) -> Iterator[Problem]:
    for name, group in directory.user_groups.items():
        for process in group.processes or ():
            if process not in policy.processes:
                what = f"the directory's user group {name} lists process {process}; define it, or remove it there"
                yield Problem(("processes",), what)
