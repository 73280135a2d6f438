"""Changes of policy and directory that might have given a handler, a group, an area or a level."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from schemas.directory import ContactGroup
from schemas.directory_view import Candidates, ResolvedContact, address_field
from schemas.mail import GroupVia
from schemas.policy import GroupConditions, GroupSla, Policy, Row
from workers.routing.sender_now import with_sender_of
from workers.routing.why_not import Change, World

KNOWN_CONTACTS = 5
"""Of a group's members, those that are proposed as the owner of an unknown address."""


@dataclass(frozen=True, slots=True)
class Known:
    """The directory, as far as proposals are made of it. `contacts` with all that they inherit."""

    groups: Mapping[str, ContactGroup]
    contacts: Mapping[str, ResolvedContact]


def memberships(world: World, known: Known, wanted: Mapping[str, GroupConditions | None]) -> Iterator[Change]:
    """The sender, or its company, in one of these groups; an unknown sender as one of a group's contacts."""
    sender = world.mail.sender
    has = {via.group_id for via in world.mail.groups}
    for id_ in sorted(set(wanted) & set(known.groups) - has):
        if sender.contact_id is None:
            for member in known.groups[id_].members[:KNOWN_CONTACTS]:
                if member in known.contacts:
                    yield _as_contact(known.contacts[member])
            continue
        for contact in dict.fromkeys((sender.contact_id, sender.company_id)):
            if contact is not None:
                yield _member(id_, known.groups[id_], contact)


def handlers(world: World, policy: Policy, process: str, handler: str) -> Iterator[Change]:
    """Rows, rules and the mailbox's owner. Those of the sender's groups first."""
    for group in _groups(world, policy):
        yield _row(group, process, {"handler": handler})
    yield from _rules(policy, "handler", handler)
    box = policy.mailboxes.get(world.mail.mailbox)
    if box is not None and box.owner is not None:
        yield _mailbox(world.mail.mailbox, {"owner": handler})


def areas(world: World, policy: Policy, process: str, area: str) -> Iterator[Change]:
    """Rows, rules and the process's default."""
    for group in _groups(world, policy):
        yield _row(group, process, {"area": area})
    yield from _rules(policy, "area", area)
    yield Change(
        "policy",
        f"processes.{process}.default_area: {area}",
        lambda world: _with_policy(world, "processes", process, {"default_area": area}),
    )


def levels(world: World, policy: Policy, level: str) -> Iterator[Change]:
    """Another default level, or a contract for a group that has none."""
    contracts = [id_ for id_, contract in policy.sla.contracts.items() if level in contract.levels]
    for group in _groups(world, policy):
        for contract in contracts:
            yield _terms(group, contract, level)


def groups_that(policy: Policy, process: str, **wanted: str) -> dict[str, GroupConditions | None]:
    """The groups whose conditions give it already: `handler` or `area` in their row, or `level`."""
    return {id_: found for id_, found in policy.groups.items() if _gives(found, process, wanted)}


def _gives(conditions: GroupConditions, process: str, wanted: Mapping[str, str]) -> bool:
    row = conditions.processes.get(process) or Row()
    level = conditions.sla.default_level if conditions.sla else None
    has = {"handler": row.handler, "area": row.area, "level": level}
    return all(has[name] == value for name, value in wanted.items())


def _groups(world: World, policy: Policy) -> list[str]:
    own = [via.group_id for via in world.mail.groups]
    return list(dict.fromkeys((*own, *sorted(policy.groups))))


def _member(group_id: str, group: ContactGroup, contact: str) -> Change:
    via = GroupVia(group_id=group_id, via_contact_id=contact, distance=0, type=group.type)

    def applied(world: World) -> World:
        return replace(world, mail=world.mail.model_copy(update={"groups": (*world.mail.groups, via)}))

    return Change("directory", f"contact_groups.{group_id}.members: also {contact}", applied)


def _as_contact(contact: ResolvedContact) -> Change:
    def applied(world: World) -> World:
        index = {address_field(world.mail.sender.address): Candidates(candidates=(contact,)).write()}
        return replace(world, mail=with_sender_of(world.mail, index, ()))

    what = f"contacts.{contact.contact_id}.addresses: also the sender's address"
    return Change("directory", what, applied)


def _row(group: str, process: str, fields: Mapping[str, str]) -> Change:
    def applied(world: World) -> World:
        conditions = world.policy.groups.get(group) or GroupConditions()
        row = (conditions.processes.get(process) or Row()).model_copy(update=dict(fields))
        processes = {**conditions.processes, process: row}
        return _with_group(world, group, conditions.model_copy(update={"processes": processes}))

    told = ", ".join(f"{name}: {value}" for name, value in fields.items())
    return Change("policy", f"groups.{group}.processes.{process}: {{{told}}}", applied)


def _terms(group: str, contract: str, level: str) -> Change:
    def applied(world: World) -> World:
        conditions = world.policy.groups.get(group) or GroupConditions()
        sla = GroupSla(contract=contract, default_level=level)
        return _with_group(world, group, conditions.model_copy(update={"sla": sla}))

    return Change("policy", f"groups.{group}.sla: {{contract: {contract}, default_level: {level}}}", applied)


def _rules(policy: Policy, field: str, value: str) -> Iterator[Change]:
    for number, rule in enumerate(policy.rules):
        if getattr(rule.set, field) is not None:
            yield Change("policy", f"rules.{rule.id}.set.{field}: {value}", _ruled(number, field, value))


def _ruled(number: int, field: str, value: str) -> Callable[[World], World]:
    def applied(world: World) -> World:
        rules = list(world.policy.rules)
        effect = rules[number].set.model_copy(update={field: value})
        rules[number] = rules[number].model_copy(update={"set": effect})
        return replace(world, policy=world.policy.model_copy(update={"rules": tuple(rules)}))

    return applied


def _mailbox(address: str, fields: Mapping[str, str]) -> Change:
    told = ", ".join(f"{name}: {value}" for name, value in fields.items())
    return Change(
        "policy",
        f"mailboxes.{address}: {{{told}}}",
        lambda world: _with_policy(world, "mailboxes", address, fields),
    )


def _with_group(world: World, group: str, conditions: GroupConditions) -> World:
    groups = {**world.policy.groups, group: conditions}
    return replace(world, policy=world.policy.model_copy(update={"groups": groups}))


def _with_policy(world: World, section: str, key: str, fields: Mapping[str, str]) -> World:
    entries = dict(getattr(world.policy, section))
    entries[key] = entries[key].model_copy(update=dict(fields))
    return replace(world, policy=world.policy.model_copy(update={section: entries}))
