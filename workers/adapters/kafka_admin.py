"""Kafka's administration: what topics there are, making them, mending their settings."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from workers.adapters.kafka_admission import start_client
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.adapters.topic_plan import Drift, ExistingTopic
from workers.adapters.topic_specs import TopicSpec

_SET_ON_THE_TOPIC = 1  # DescribeConfigs: DYNAMIC_TOPIC_CONFIG
_SEEN_WITHIN_SECONDS = 15.0
_LOOK_AGAIN_SECONDS = 0.05


class KafkaAdmin:
    """One connection. Each method raises `DependencyUnavailable`, or `WrongConfiguration` for a refusal."""

    def __init__(self, connection: KafkaConnection, client: AIOKafkaAdminClient) -> None:
        self._connection = connection
        self._client = client

    async def brokers(self) -> tuple[int, ...]:
        """Node ids of the living brokers."""
        with kafka_failures(self._connection, "asking for its brokers"):
            cluster = await self._client.describe_cluster()
            return tuple(broker["node_id"] for broker in cluster["brokers"])

    async def cluster_id(self) -> str:
        with kafka_failures(self._connection, "asking for the cluster's id"):
            return str((await self._client.describe_cluster())["cluster_id"])

    async def broker_settings(self) -> dict[str, str]:
        """The settings of one broker; empty where we may not read them."""
        node = (await self.brokers())[0]
        with kafka_failures(self._connection, "reading a broker's settings"):
            answers = await self._client.describe_configs(
                [ConfigResource(ConfigResourceType.BROKER, str(node))]
            )
            return {name: value for answer in answers for _, name, value, _ in _entries(answer, strict=False)}

    async def topics(self, names: Iterable[str]) -> dict[str, ExistingTopic]:
        """Those of `names` that exist. Asks for all of the cluster's: asking by name could create one."""
        wanted = set(names)
        with kafka_failures(self._connection, "listing topics"):
            described = [found for found in await self._client.describe_topics() if found["topic"] in wanted]
        configs = await self._configs([found["topic"] for found in described])
        return {
            found["topic"]: ExistingTopic(
                found["topic"],
                len(found["partitions"]),
                min(len(partition["replicas"]) for partition in found["partitions"]),
                {name: value for name, value, _ in configs[found["topic"]]},
            )
            for found in described
        }

    async def create(self, specs: Sequence[TopicSpec]) -> None:
        """Make them, and return when they can be used. One that somebody else made meanwhile is fine."""
        if not specs:
            return
        new = [
            NewTopic(spec.name, spec.partitions, spec.replication, topic_configs=dict(spec.configs))
            for spec in specs
        ]
        with kafka_failures(self._connection, "creating topics"):
            answer = await self._client.create_topics(new)
            for name, code, message in (error[:3] for error in answer.topic_errors):
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise for_code(code)(f"{name}: {message}")
            await _until(lambda: self._led({spec.name for spec in specs}))

    async def mend(self, drifted: Sequence[Drift]) -> None:
        """Set these settings. Others that are set on the topic stay: AlterConfigs replaces them all."""
        names = sorted({drift.topic for drift in drifted})
        if not names:
            return
        configs = await self._configs(names)
        resources = [
            ConfigResource(ConfigResourceType.TOPIC, name, _merged(name, configs, drifted)) for name in names
        ]
        with kafka_failures(self._connection, "changing topic settings"):
            for answer in await self._client.alter_configs(resources):
                for code, message, _, name in answer.resources:
                    if code:
                        raise for_code(code)(f"{name}: {message}")
            await _until(lambda: self._as_wanted(drifted))

    async def delete(self, names: Sequence[str]) -> None:
        """Remove topics and all that is in them. Only for tests and for leaving an installation."""
        with kafka_failures(self._connection, "deleting topics"):
            await self._client.delete_topics(list(names))

    async def _led(self, names: set[str]) -> bool:
        """The controller has them; the brokers hear of it a moment later."""
        led = {
            found["topic"]
            for found in await self._client.describe_topics()
            if found["partitions"] and all(partition["leader"] >= 0 for partition in found["partitions"])
        }
        return names <= led

    async def _as_wanted(self, drifted: Sequence[Drift]) -> bool:
        configs = await self._configs(sorted({drift.topic for drift in drifted}))
        now = {(topic, name): value for topic, entries in configs.items() for name, value, _ in entries}
        return all(now[(drift.topic, drift.config)] == drift.wanted for drift in drifted)

    async def _configs(self, names: Sequence[str]) -> dict[str, list[tuple[str, str, int]]]:
        found: dict[str, list[tuple[str, str, int]]] = {name: [] for name in names}
        if not names:
            return found
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        with kafka_failures(self._connection, "reading topic settings"):
            for answer in await self._client.describe_configs(resources):
                for topic, name, value, source in _entries(answer, strict=True):
                    found[topic].append((name, value, source))
        return found


@asynccontextmanager
async def kafka_admin(connection: KafkaConnection) -> AsyncIterator[KafkaAdmin]:
    """A connected `KafkaAdmin`, closed at the end."""
    client = AIOKafkaAdminClient(**connection.client_options())
    try:
        await start_client(connection, client.start(), "connecting")
        yield KafkaAdmin(connection, client)
    finally:
        await stopped(client.close())


async def _until(seen: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_SEEN_WITHIN_SECONDS):
        while not await seen():  # noqa: ASYNC110 - the broker tells nobody when it has heard
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _entries(answer: Any, *, strict: bool) -> Iterable[tuple[str, str, str, int]]:
    """(resource, setting, value, source) of a DescribeConfigs answer; secrets come without a value."""
    for code, message, _, resource, entries in answer.resources:
        if code and strict:
            raise for_code(code)(f"{resource}: {message}")
        for name, value, _, source, *_ in entries or ():
            yield resource, name, value or "", source


def _merged(
    topic: str, configs: Mapping[str, Sequence[tuple[str, str, int]]], drifted: Sequence[Drift]
) -> dict[str, str]:
    kept = {name: value for name, value, source in configs[topic] if source == _SET_ON_THE_TOPIC}
    return kept | {drift.config: drift.wanted for drift in drifted if drift.topic == topic}
