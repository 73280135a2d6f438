"""Old and new side by side, as in a rolling update and in a roll-back: each reads what the other writes."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
import pytest

from schemas.command import TicketCommand
from schemas.directory_view import ResolvedUser
from schemas.mail import EnrichedMail
from schemas.policy import Policy
from schemas.ticket import TicketState
from schemas.topics import TOPICS, Topic
from tests.compat.freeze import kept_versions, load
from tests.compat.written import Turn, Values, decide, written_values
from workers.routing.compiled_policy import compile_policy
from workers.routing.decide_again import Cause
from workers.routing.outcome import Forward
from workers.routing.policy_version import version_of
from workers.routing.rights import Rights

VERSIONS = [path.name.removesuffix(".json.gz") for path in kept_versions()]
by_version = pytest.mark.parametrize("version", VERSIONS)
by_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


@cache
def kept(version: str) -> dict[str, Any]:
    """What the version left us."""
    [path] = [path for path in kept_versions() if path.name == f"{version}.json.gz"]
    return load(path)


@cache
def ours() -> Values:
    """What this code writes."""
    return written_values()


def lost(old: object, new: object) -> list[str]:
    """Paths of what `old` says and `new` does not."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [f"{key}.{path}" for key in old for path in lost(old[key], new.get(key))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [path for before, after in zip(old, new, strict=True) for path in lost(before, after)]
    return [] if old == new else [f"{old!r} became {new!r}"]


def test_there_is_an_older_version() -> None:
    """Without one, nothing is compared."""
    assert VERSIONS
    assert all(kept(version)["turns"] for version in VERSIONS)


@by_version
@by_topic
def test_what_an_older_version_wrote_is_read_and_kept(version: str, topic: Topic[Any]) -> None:
    """Given its records, when we read one and write it again, as a lane does with a ticket, then nothing is lost."""
    for value in kept(version)["values"].get(topic.name, ()):
        again = topic.model.read(value).write()
        assert [] == lost(json.loads(value), json.loads(again))


@by_version
@by_topic
def test_what_we_write_is_read_by_an_older_version(version: str, topic: Topic[Any]) -> None:
    """Given its readers, which ignore fields that they don't know, then they take every record of ours."""
    schema = kept(version)["schemas"].get(topic.name)
    if schema is None:
        pytest.skip(f"{version} has no {topic.name}")
    reader = jsonschema.Draft202012Validator(schema)
    for value in ours().get(topic.name, ()):
        assert [] == [error.message for error in reader.iter_errors(json.loads(value))]


@by_version
def test_a_ticket_of_an_older_version_goes_on(version: str) -> None:
    """Given its tickets in the view, when its mails and commands meet them here, then none is refused as unreadable."""
    revisions = 0
    for turn in (Turn(**each) for each in kept(version)["turns"]):
        policy = Policy.model_validate(turn.policy)
        compiled = compile_policy(policy, version_of(policy))
        rights = Rights({name: ResolvedUser.model_validate(user) for name, user in turn.users.items()})
        before = None if turn.state is None else TicketState.read(turn.state)
        cause: Cause = (EnrichedMail if turn.is_mail else TicketCommand).read(turn.cause)
        decision = decide(cause, before, compiled, rights)
        if decision is None or isinstance(decision, Forward) or decision.ticket is None:
            continue
        revisions += 1
        assert (before.ticket.revision if before else 0) + 1 == decision.ticket.revision
    assert revisions


def test_a_field_that_an_old_reader_needs_would_be_missed() -> None:
    """The check itself is checked: a record without it is not taken."""
    schema = kept(VERSIONS[0])["schemas"]["tickets.state"]
    [value, *_] = ours()["tickets.state"]
    broken = {key: each for key, each in json.loads(value).items() if key != "ticket"}
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(broken))


def test_a_value_that_we_dropped_would_be_noticed() -> None:
    """As above, in the other direction."""
    assert ["ticket.handler.'petr' became None"] == lost({"ticket": {"handler": "petr"}}, {"ticket": {}})
