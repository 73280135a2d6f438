"""Groups and processes: cells that give nothing, price lists of nobody, and groups that compete."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from config.finding import Finding, hint, warning
from config.yaml_places import KeyPath
from schemas.directory import Directory
from schemas.policy import GroupConditions, PolicyBase, Row
from workers.routing.contact_resolution import ContactResolution
from workers.routing.directory_entities import DirectoryEntities


def group_findings(policy: PolicyBase, directory: Directory | None) -> Iterator[Finding]:
    """`directory` None: who is in which group is not known."""
    yield from _cells(policy)
    yield from _price_lists(policy)
    yield from _processes(policy)
    yield from _competing(policy, directory)


def _cells(policy: PolicyBase) -> Iterator[Finding]:
    for name, group in policy.groups.items():
        for process in policy.processes:
            yield from _cell(("groups", name, "processes"), name, process, group.processes.get(process))


def _cell(path: KeyPath, group: str, process: str, row: Row | None) -> Iterator[Finding]:
    if row is None:
        text = f"group {group} says nothing for process {process}"
        yield hint(path, text, "a group of lower priority, else the mailbox and the process's default decide")
        return
    where = (*path, process)
    if row == Row():
        text = f"group {group} has an empty row for process {process}"
        yield warning(where, text, "give it handler, user_group or area, or remove it")
        return
    if row.handler is None and row.user_group is None:
        text = f"group {group} names no handler for process {process}"
        yield hint(where, text, "a group of lower priority, else the mailbox's user group handles it")
    if row.area is None:
        text = f"group {group} names no area for process {process}"
        yield hint(where, text, "a group of lower priority, else the process's default_area holds")


def _price_lists(policy: PolicyBase) -> Iterator[Finding]:
    used = {name for group in policy.groups.values() for name in group.price_lists}
    for name in policy.price_lists:
        if name not in used:
            text = f"price list {name} belongs to no group, so it applies to nobody"
            yield warning(("price_lists", name), text, "name it in the price_lists of a group, or remove it")


def _processes(policy: PolicyBase) -> Iterator[Finding]:
    reached = {box.process for box in policy.mailboxes.values()} | {rule.set.process for rule in policy.rules}
    for name in policy.processes:
        if name not in reached:
            text = f"no mailbox and no rule leads to process {name}"
            yield hint(("processes", name), text, "give it a mailbox or a rule, or remove it")


def _competing(policy: PolicyBase, directory: Directory | None) -> Iterator[Finding]:
    meetings = _meetings(directory) if directory else {}
    for (first, one), (second, other) in combinations(sorted(policy.groups.items()), 2):
        both = _given_by_both(one, other)
        if one.priority != other.priority or not both:
            continue
        text = f"groups {first} and {second} have the same priority {one.priority} and both give {', '.join(both)}"
        where = ("groups", second, "priority") if "priority" in other.model_fields_set else ("groups", second)
        if directory is None:
            yield hint(where, text, "check with --directory whether somebody is in both")
        elif contact := meetings.get((first, second)):
            yield warning(where, f"{text}; contact {contact} is in both", "give them different priorities")


def _given_by_both(one: GroupConditions, other: GroupConditions) -> list[str]:
    """What only one of them can give a ticket. Price lists are not among it: all of them apply."""
    both = [
        f"{field} of {process}"
        for process in sorted(one.processes.keys() & other.processes.keys())
        for field in _both_of(one.processes[process], other.processes[process])
    ]
    return both + (["sla"] if one.sla and other.sla else [])


def _both_of(one: Row, other: Row) -> Iterator[str]:
    if (one.handler or one.user_group) and (other.handler or other.user_group):
        yield "handler"
    if one.area and other.area:
        yield "area"


def _meetings(directory: Directory) -> dict[tuple[str, str], str]:
    """Pairs of groups (sorted) with the first contact that is in both, by itself or through those above it."""
    contacts = ContactResolution(DirectoryEntities.of(directory.entities()))
    found: dict[tuple[str, str], str] = {}
    for id_ in sorted(directory.contacts):
        groups = sorted(group.group_id for group in contacts.resolve(id_).groups)
        for first, second in combinations(groups, 2):
            found.setdefault((first, second), id_)
    return found
