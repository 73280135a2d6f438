"""The recorded log: inputs of a few thousand decisions, and the digest of everything that each one published."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from schemas.command import TicketCommand
from schemas.decision import RoutingDecision
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail, Source
from schemas.policy import Policy
from schemas.ticket import TicketState
from tests.golden.story import World
from tests.support.routing_builders import SIGNER
from workers.errors import InvalidInput
from workers.routing.apply_command import DecidedCommand, decide_command
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.decide import decide_mail
from workers.routing.decide_again import Cause, Redecided
from workers.routing.outcome import Forward
from workers.routing.policy_version import version_of
from workers.routing.rights import Rights

FILE = Path(__file__).parent / "decisions.jsonl.gz"

Line = dict[str, Any]


def record(worlds: Iterable[World]) -> Iterator[Line]:
    """A line for each world, and one for each decision in it, without what was decided."""
    for world in worlds:
        users = {name: user.model_dump(mode="json") for name, user in world.users.items()}
        yield {"policy": world.policy, "users": users}
        for history in world.histories:
            for cause in history:
                kind = "mail" if isinstance(cause, EnrichedMail) else "command"
                yield {kind: json.loads(cause.model_dump_json(exclude_defaults=True))}


def decided(lines: Iterable[Line]) -> Iterator[Line]:
    """The same lines with the outcome and digest that this code gives."""
    world: _World | None = None
    for line in lines:
        if "policy" in line:
            world = _World(line)
            yield line
        else:
            assert world is not None
            yield {**line, **world.decide(line)}


class _World:
    def __init__(self, line: Line) -> None:
        policy = Policy.model_validate(line["policy"])
        self._policy: CompiledPolicy = compile_policy(policy, version_of(policy))
        self._users = {name: ResolvedUser.model_validate(user) for name, user in line["users"].items()}
        self._states: dict[str, TicketState] = {}

    def decide(self, line: Line) -> Line:
        cause: Cause
        if "mail" in line:
            cause = EnrichedMail.model_validate_json(json.dumps(line["mail"]))
        else:
            cause = TicketCommand.model_validate_json(json.dumps(line["command"]))
        try:
            decision = self._decide(cause)
        except InvalidInput as error:
            return {"outcome": "invalid", "digest": _digest([error.public.encode()])}
        if isinstance(decision, Forward):
            return {"outcome": decision.reason, "digest": _digest([decision.ticket_id.encode()])}
        if decision.state is not None:
            self._states[cause.ticket_id] = decision.state
        return {"outcome": _outcome(decision.receipt), "digest": _digest(_published(decision))}

    def _decide(self, cause: Cause) -> Redecided:
        state, rights = self._states.get(cause.ticket_id), Rights(self._users)
        if isinstance(cause, EnrichedMail):
            return decide_mail(cause, state, self._policy, rights, SIGNER)
        place = Source(topic="tickets.commands", partition=0, offset=1)
        return decide_command(cause, state, self._policy, rights, SIGNER, place, "1")


def _outcome(receipt: RoutingDecision) -> str:
    return f"{receipt.outcome}: {receipt.reason}"


def _published(decision: Redecided) -> list[bytes]:
    """Every event's bytes, in the order in which they are written."""
    assert not isinstance(decision, Forward)
    result = [decision.result] if isinstance(decision, DecidedCommand) else []
    events = [
        *result,
        decision.ticket,
        *decision.tags,
        *decision.sla_events,
        decision.receipt,
        decision.state,
    ]
    return [event.write() for event in events if event is not None]


def _digest(values: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for value in values:
        found.update(len(value).to_bytes(4, "big") + value)
    return found.hexdigest()[:32]


def read() -> list[Line]:
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write(lines: Iterable[Line]) -> None:
    """The same lines give the same bytes."""
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    FILE.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
