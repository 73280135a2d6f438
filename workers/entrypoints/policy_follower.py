"""Keeps this process on the policy that is live."""

from __future__ import annotations

from typing import Any

import structlog
from mode import Service

from workers.adapters.kafka_policy_log import KafkaPolicyLog
from workers.errors import DependencyUnavailable

_log = structlog.get_logger(__name__)

FOLLOW_SECONDS = 0.4
"""A policy is live everywhere within a second."""


class PolicyFollower(Service):
    """Reads the activations on, all the time. While Kafka is away the last policy stays."""

    def __init__(self, policies: KafkaPolicyLog, **options: Any) -> None:
        super().__init__(**options)
        self._policies = policies
        self._reason: str | None = None
        self._version: str | None = None

    @Service.task
    async def _follow(self) -> None:
        while not self.should_stop:
            try:
                await self._policies.refresh()
            except DependencyUnavailable as error:
                self._waits(error.public)
            else:
                self._decides_by(self._policies.current.version)
            await self.sleep(FOLLOW_SECONDS)

    async def on_stop(self) -> None:
        await self._policies.stop()

    def _waits(self, reason: str) -> None:
        if reason != self._reason:
            _log.warning("dependency-unavailable", what="policy", reason=reason)
        self._reason = reason

    def _decides_by(self, version: str) -> None:
        if version != self._version:
            _log.info("policy-activated", version=version)
        self._reason, self._version = None, version
