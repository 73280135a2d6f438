"""Every policy version that ever went live, compiled when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from pydantic import ValidationError

from schemas.policy_events import PolicyActivation, PolicyVersion
from schemas.topics import POLICY_ACTIVATIONS, POLICY_VERSIONS
from workers.processors.topic_reader import TopicReader
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.policy_version import is_intact

_COMPILED = 8
"""Each remembers what it gave. History comes in its order, so it asks for few of them at a time."""


class PolicyArchive:
    """Of `policy.versions`, which keeps them for ever. Memory: the policies' bytes, and a few of them compiled."""

    def __init__(self, values: dict[str, bytes]) -> None:
        self._compiled = lru_cache(maxsize=_COMPILED)(lambda version: _compiled(values.get(version)))

    def get(self, version: str) -> CompiledPolicy | None:
        """None: it is not there, or it is not what its version says."""
        return self._compiled(version)


async def read_policies(reader: TopicReader) -> PolicyArchive:
    """As of now."""
    values: dict[str, bytes] = {}
    async for record in reader.read(POLICY_VERSIONS):
        if record.key is not None and record.value is not None:
            values[record.key.decode()] = record.value
    return PolicyArchive(values)


@dataclass(frozen=True, slots=True)
class Activation:
    """`position`: of the activation in its topic; each is another, also of the same version."""

    position: int
    version: str
    activated_at: datetime
    actor: str


async def read_activations(reader: TopicReader) -> list[Activation]:
    """All of them, the first one first; one that can't be read activated nothing, and is left out."""
    found: list[Activation] = []
    async for record in reader.read(POLICY_ACTIVATIONS):
        try:
            event = PolicyActivation.read(record.value or b"")
        except ValidationError:
            continue
        found.append(Activation(record.offset, event.version, event.activated_at, event.actor))
    return found


def _compiled(value: bytes | None) -> CompiledPolicy | None:
    if value is None:
        return None
    try:
        found = PolicyVersion.read(value)
    except ValidationError:
        return None
    return compile_policy(found.policy, found.version) if is_intact(found) else None
