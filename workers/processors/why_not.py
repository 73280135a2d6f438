"""`why-not`: what is needed of the topics, and what was tried on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.decision import RoutingDecision
from schemas.directory import DirectoryEntity
from schemas.directory_view import ResolvedContact, ResolvedUser
from schemas.mail import EnrichedMail
from schemas.ticket import TicketState
from schemas.topics import TICKETS_STATE
from workers.errors import InvalidInput
from workers.processors.policy_archive import read_activations, read_policies
from workers.processors.publish_directory import published_entities, published_values
from workers.processors.receipt_queries import find_mail, find_receipts, find_tag
from workers.processors.topic_reader import TopicReader
from workers.processors.viewers import users_in
from workers.processors.why_not_answer import Asked, WhyNot, check_name
from workers.routing import why_not_proposals as propose
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.directory_entities import DirectoryEntities
from workers.routing.directory_index import derive
from workers.routing.identity import Signer
from workers.routing.why_not import Change, World, smallest_changes
from workers.routing.why_not_commands import Standing, commands_for
from workers.routing.why_not_proposals import Known
from workers.routing.why_not_viewer import Message, smallest_grants

_CONTACT = "contact/"
_ALL = 10_000


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was read: the decision, and the world around it as it is now."""

    receipt: RoutingDecision
    mail: EnrichedMail
    then: CompiledPolicy
    live: CompiledPolicy
    users: Mapping[str, ResolvedUser]
    index: Mapping[str, bytes]
    entities: DirectoryEntities
    state: TicketState | None
    signer: Signer
    at: datetime


async def why_not(reader: TopicReader, id_: str, asked: Asked, signer: Signer, at: datetime) -> WhyNot | None:
    """None: nothing is known of this id. A ticket is asked for by the mail that opened it.

    Raises `InvalidInput` for what the directory does not have, and where the decision's policy is lost.
    """
    facts = await _read(reader, id_, signer, at)
    if facts is None:
        return None
    check_name(asked, facts.entities, (facts.then, facts.live))
    if asked.field == "viewer":
        return await _viewer(reader, facts, asked)
    world = World(facts.mail, facts.receipt, facts.then.policy, facts.users, facts.signer)
    ticket = world.ticket()
    given = ticket is not None and asked.holds(ticket)
    changes = () if given else (*_changes(world, facts, asked), *_commands(facts, asked))
    now = facts.state is not None and asked.holds(facts.state.ticket)
    return WhyNot(facts.receipt.ticket_id, facts.receipt.delivery_id, asked, given, now, changes)


def _changes(world: World, facts: _Facts, asked: Asked) -> tuple[tuple[tuple[str, str], ...], ...]:
    found = smallest_changes(world, asked.holds, _proposals(world, facts, asked))
    return tuple(tuple((change.where, change.what) for change in each) for each in found)


def _proposals(world: World, facts: _Facts, asked: Asked) -> Iterator[Change]:
    policy, wanted = world.policy, asked.value
    known = Known(facts.entities.contact_groups, _contacts(facts.index))
    if asked.field == "group":
        yield from propose.memberships(world, known, {wanted: None})
        return
    process = _process(world, policy.mailboxes[facts.mail.mailbox].process)
    groups = propose.groups_that(policy, process, **{asked.field: wanted})
    yield from propose.memberships(world, known, groups)
    match asked.field:
        case "handler":
            yield from propose.handlers(world, policy, process, wanted)
        case "area":
            yield from propose.areas(world, policy, process, wanted)
        case _:
            yield from propose.levels(world, policy, wanted)
    # pairs of a membership and a row come last: they are tried where nothing alone would do
    yield from propose.memberships(world, known, {id_: None for id_ in policy.groups if id_ not in groups})


def _process(world: World, of_mailbox: str) -> str:
    ticket = world.ticket()
    return ticket.process if ticket is not None else of_mailbox


def _commands(facts: _Facts, asked: Asked) -> Iterator[tuple[tuple[str, str], ...]]:
    """On the ticket as it is now; tried with the users in turn."""
    if facts.state is None or asked.holds(facts.state.ticket):
        return
    standing = Standing(facts.state, facts.live, facts.users, facts.signer, facts.at)
    for kind, value in commands_for(asked.field, asked.value, standing):
        actor = standing.first_actor(kind, value, lambda state: asked.holds(state.ticket))
        if actor is not None:
            yield (("ticket", _typed(facts.state.ticket.ticket_id, kind, value, actor)),)
            return


def _typed(ticket_id: str, kind: str, value: object, actor: str, delivery_id: str | None = None) -> str:
    word = value if isinstance(value, str) else json.dumps(value)
    more = f" --delivery {delivery_id}" if delivery_id else ""
    return f"stellwerk command {ticket_id} {kind} {word} --actor {actor}{more}"


async def _viewer(reader: TopicReader, facts: _Facts, asked: Asked) -> WhyNot:
    user, receipt = asked.value, facts.receipt
    tag = await find_tag(reader, receipt.ticket_id, receipt.delivery_id or "")
    if tag is None or facts.state is None:
        raise InvalidInput("The message is in no ticket: nobody may see it.")
    message = Message(facts.state.ticket, tag)
    access, _ = message.seen_by(user, facts.entities)
    changes = [
        tuple(("directory", grant.what) for grant in grants)
        for grants in smallest_grants(message, user, facts.entities)
    ]
    if tag.private_to not in (None, user):
        lifted = _lifted(facts, facts.state, tag.private_to, receipt.delivery_id)
        changes = [(*each, lifted) for each in (changes or [()] * (access == "existence"))] if lifted else []
    sees = access == "content"
    return WhyNot(receipt.ticket_id, receipt.delivery_id, asked, sees, sees, tuple(changes))


def _lifted(
    facts: _Facts, state: TicketState, private_to: str | None, delivery_id: str | None
) -> tuple[str, str] | None:
    """Only the recipient lifts it."""
    users = {user: rights for user, rights in facts.users.items() if user == private_to}
    standing = Standing(state, facts.live, users, facts.signer, facts.at)

    def is_open(after: TicketState) -> bool:
        return all(tag.private_to is None for tag in after.messages if tag.delivery_id == delivery_id)

    actor = standing.first_actor("private", False, is_open, delivery_id)
    if actor is None:
        return None
    return "ticket", _typed(state.ticket.ticket_id, "private", False, actor, delivery_id)


async def _read(reader: TopicReader, id_: str, signer: Signer, at: datetime) -> _Facts | None:
    receipts = (await find_receipts(reader, id_, limit=_ALL)).receipts
    receipt = next((each for each in receipts if each.delivery_id and each.outcome == "routed"), None)
    if receipt is None or receipt.delivery_id is None:
        return None
    mail = await find_mail(reader, receipt.ticket_id, receipt.delivery_id)
    policies, activations = await read_policies(reader), await read_activations(reader)
    then, live = policies.get(receipt.policy_version), policies.get(activations[-1].version)
    if mail is None or then is None or live is None:
        raise InvalidInput("Its mail or its policy is no longer kept.")
    index = derive(await published_values(reader))
    entities: Mapping[str, DirectoryEntity] = await published_entities(reader)
    return _Facts(
        receipt=receipt,
        mail=mail,
        then=then,
        live=live,
        users=users_in(index),
        index=index,
        entities=DirectoryEntities.of(entities.values()),
        state=await _state(reader, receipt.ticket_id),
        signer=signer,
        at=at,
    )


async def _state(reader: TopicReader, ticket_id: str) -> TicketState | None:
    latest: bytes | None = None
    async for record in reader.read(TICKETS_STATE, key=ticket_id):
        if record.key == ticket_id.encode():
            latest = record.value
    return None if latest is None else TicketState.read(latest)


def _contacts(index: Mapping[str, bytes]) -> dict[str, ResolvedContact]:
    return {
        field.removeprefix(_CONTACT): ResolvedContact.read(value)
        for field, value in index.items()
        if field.startswith(_CONTACT)
    }
