"""Events as the code of this tree writes them: of a story with every kind of turn, and the shipped examples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas import topics
from schemas.event import Event
from schemas.mail import EnrichedMail, Source
from schemas.policy import Policy
from schemas.ticket import TicketState
from schemas.topics import TOPICS, Topic
from tests.golden.story import World, worlds
from tests.support.routing_builders import SIGNER
from workers.errors import InvalidInput
from workers.routing.apply_command import DecidedCommand, decide_command
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.decide import decide_mail
from workers.routing.decide_again import Cause, Redecided
from workers.routing.outcome import Forward
from workers.routing.policy_version import version_of
from workers.routing.rights import Rights

WORLDS = 6
EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
PLACE = Source(topic="tickets.commands", partition=0, offset=1)

Values = Mapping[str, list[str]]
"""By topic: the values of its records, as text."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A cause that met a ticket, as it lay in the view."""

    policy: dict[str, Any]
    users: dict[str, Any]
    state: str | None
    cause: str
    is_mail: bool


def decide(
    cause: Cause, state: TicketState | None, policy: CompiledPolicy, rights: Rights
) -> Redecided | None:
    """None: refused as invalid."""
    try:
        if isinstance(cause, EnrichedMail):
            return decide_mail(cause, state, policy, rights, SIGNER)
        return decide_command(cause, state, policy, rights, SIGNER, PLACE, "1")
    except InvalidInput:
        return None


def story() -> Iterator[tuple[Turn, Redecided | None]]:
    """The first worlds of the recorded story, decided by this code."""
    for number, world in enumerate(worlds()):
        if number == WORLDS:
            return
        yield from _told(world)


def _told(world: World) -> Iterator[tuple[Turn, Redecided | None]]:
    policy = Policy.model_validate(world.policy)
    compiled, rights = compile_policy(policy, version_of(policy)), Rights(world.users)
    users = {name: user.model_dump(mode="json") for name, user in world.users.items()}
    for history in world.histories:
        state: TicketState | None = None
        for cause in history:
            before = None if state is None else state.write().decode()
            is_mail = isinstance(cause, EnrichedMail)
            decision = decide(cause, state, compiled, rights)
            yield Turn(world.policy, users, before, cause.write().decode(), is_mail), decision
            if decision is not None and not isinstance(decision, Forward):
                state = decision.state or state


def written_values() -> Values:
    """Without repetition, in order of first appearance. The shipped examples come first."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for topic in TOPICS:
        example = EXAMPLES / f"{topic.name}.json"
        if example.exists():
            found[topic.name][topic.model.read(example.read_bytes()).write().decode()] = None
    for turn, decision in story():
        incoming = topics.MAIL_ENRICHED if turn.is_mail else topics.TICKETS_COMMANDS
        found[incoming.name][turn.cause] = None
        for topic, event in _events(decision):
            found[topic.name][event.write().decode()] = None
    return {name: list(values) for name, values in found.items()}


def _events(decision: Redecided | None) -> Iterator[tuple[Topic[Event], Event]]:
    if decision is None or isinstance(decision, Forward):
        return
    if isinstance(decision, DecidedCommand):
        yield topics.TICKETS_COMMAND_RESULTS, decision.result
    for topic, event in (
        (topics.TICKETS_ROUTED, decision.ticket),
        (topics.TICKETS_STATE, decision.state),
        (topics.ROUTING_DECISIONS, decision.receipt),
    ):
        if event is not None:
            yield topic, event
    yield from ((topics.MESSAGES_PRIVACY_TAGGED, tag) for tag in decision.tags)
    yield from ((topics.TICKETS_SLA, event) for event in decision.sla_events)
