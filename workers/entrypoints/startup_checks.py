"""Refuses a cluster that would break the promises, whenever it answers for the first time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from mode import Service

from schemas.event import Event
from schemas.topics import Topic
from workers.adapters.kafka_admin import kafka_admin
from workers.adapters.kafka_roles import RoleName, role
from workers.adapters.topic_safety import unsafe_topics
from workers.adapters.topic_specs import topic_spec
from workers.entrypoints.installation import Installation
from workers.errors import DependencyUnavailable, WrongConfiguration

RETRY_SECONDS = 2.0
SURE_AFTER_LOOKS = 3
"""A broker tells default settings of a topic that was made a moment ago, until its metadata has caught up."""

log = structlog.get_logger()


async def check_topics(installation: Installation, topics: Iterable[Topic[Event]]) -> None:
    """Raises `WrongConfiguration` naming all that is wrong, `DependencyUnavailable` where it cannot be told."""
    kafka = installation.settings.kafka
    specs = [topic_spec(topic, installation.prefix, kafka.partitions, 1) for topic in topics]
    async with kafka_admin(installation.connection) as admin:
        existing = await admin.topics(spec.name for spec in specs)
    if missing := [spec.name for spec in specs if spec.name not in existing]:
        raise DependencyUnavailable(
            "Topics do not exist yet, or this user may not see them: run `stellwerk topics apply`, and compare with "
            "`stellwerk topics acls`.",
            topics=missing,
        )
    if reasons := unsafe_topics(specs, existing, production=kafka.production):
        raise WrongConfiguration("Stellwerk does not start: " + " ".join(reasons))


class TopicsGuard(Service):
    """Asks until Kafka answers and the topics are there. What would lose mail crashes the service, saying why.

    Only the topics of `role`: a service may not see others. A right that is missing is waited for.
    """

    def __init__(self, installation: Installation, role_name: RoleName, **options: Any) -> None:
        super().__init__(**options)
        self._installation = installation
        self._topics = role(role_name).topics

    @Service.task
    async def _ask(self) -> None:
        wrong = 0
        while not self.should_stop:
            try:
                await check_topics(self._installation, self._topics)
            except DependencyUnavailable as error:
                log.warning("dependency-unavailable", what="startup", reason=error.public)
            except WrongConfiguration:
                wrong += 1
                if wrong == SURE_AFTER_LOOKS:
                    raise
            else:
                return
            await self.sleep(RETRY_SECONDS)
