"""The policy that decides now, from `policy.activations` and `policy.versions`."""

from __future__ import annotations

import asyncio

import structlog
from aiokafka import ConsumerRecord
from pydantic import ValidationError

from schemas.policy_events import PolicyActivation, PolicyVersion
from schemas.topics import POLICY_ACTIVATIONS, POLICY_VERSIONS
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_tail import TopicTail
from workers.errors import DependencyUnavailable
from workers.routing.policy_version import is_intact

_log = structlog.get_logger(__name__)


class KafkaPolicyLog:
    """`PolicyLog` on Kafka. A version is published before it is activated, so activations are read first."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._versions: dict[str, bytes] = {}
        self._active: str | None = None
        self._current: PolicyVersion | None = None
        self._turn = asyncio.Lock()
        self._activations_tail = TopicTail(connection, POLICY_ACTIVATIONS, self._activated)
        self._versions_tail = TopicTail(connection, POLICY_VERSIONS, self._published)

    async def refresh(self) -> None:
        async with self._turn:
            await self._activations_tail.refresh()
            if self._active is None:
                raise DependencyUnavailable("no policy is active yet: `stellwerk policy publish FILE`")
            if self._current is None or self._current.version != self._active:
                await self._versions_tail.refresh()
                self._current = self._read(self._active)

    @property
    def current(self) -> PolicyVersion:
        if self._current is None:
            raise DependencyUnavailable("no policy is active yet: `stellwerk policy publish FILE`")
        return self._current

    @property
    def loaded(self) -> bool:
        return self._current is not None

    async def stop(self) -> None:
        await self._activations_tail.stop()
        await self._versions_tail.stop()

    def _activated(self, record: ConsumerRecord[bytes, bytes]) -> None:
        """One that cannot be read activates nothing: the policy before it stays (and the log says so)."""
        try:
            self._active = PolicyActivation.read(record.value or b"").version
        except ValidationError:
            _log.error("policy-activation-unreadable", offset=record.offset)

    def _published(self, record: ConsumerRecord[bytes, bytes]) -> None:
        if record.key is not None and record.value is not None:
            self._versions[record.key.decode()] = record.value

    def _read(self, version: str) -> PolicyVersion:
        value = self._versions.get(version)
        if value is None:
            raise DependencyUnavailable("the active policy is not in policy.versions yet", version=version)
        try:
            found = PolicyVersion.read(value)
        except ValidationError as error:
            raise DependencyUnavailable("the active policy cannot be read", version=version) from error
        if not is_intact(found):
            # A newer stellwerk wrote it, or it was altered: deciding by a part of it would be a guess (P6).
            raise DependencyUnavailable("the active policy is not what its version says", version=version)
        return found
