"""Makes an installation ready to run: topics, directory, policy. Doing it again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import config
from config.directory_file import load_directory
from config.policy_file import load_policy
from schemas.directory import Directory
from schemas.policy import Policy
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_reader import kafka_reader
from workers.adapters.kafka_writer import KafkaWriter
from workers.adapters.topics_apply import ensure_topics
from workers.entrypoints.configured import now
from workers.processors.publish_directory import publish_directory, published_entities
from workers.processors.publish_policy import active_policy_version, publish_policy
from workers.routing.policy_version import as_version

SAMPLES = Path(config.__file__).parent
ACTOR = "stellwerk-up"


@dataclass(frozen=True, slots=True)
class Content:
    """What was read of the files, before anything is written: a wrong file stops the start, never half-loads."""

    directory: Directory
    policy: Policy
    directory_given: bool
    policy_given: bool


def read_content(policy: Path | None, directory: Path | None) -> Content:
    """The files, else the samples. Raises `WrongConfiguration` with file, line and key of each mistake."""
    found = load_directory(directory or SAMPLES / "directory.yaml")
    # A policy of one's own may fit the directory that is published already rather than the sample.
    check = None if policy is not None and directory is None else found
    return Content(
        directory=found,
        policy=load_policy(policy or SAMPLES / "policy.yaml", check),
        directory_given=directory is not None,
        policy_given=policy is not None,
    )


async def provision(
    connection: KafkaConnection, content: Content, *, partitions: int, replication: int | None
) -> None:
    """Topics first, then what the files say. Samples never replace what is published.

    Raises `DependencyUnavailable`, and `WrongConfiguration` where the topics cannot become what is configured.
    """
    await ensure_topics(connection, partitions=partitions, replication=replication)
    writer = KafkaWriter(connection)
    async with kafka_reader(connection) as reader:
        if content.directory_given or not await published_entities(reader):
            await publish_directory(content.directory, at=now(), reader=reader, writer=writer)
        if content.policy_given or await active_policy_version(reader) is None:
            await publish_policy(
                as_version(content.policy), at=now(), actor=ACTOR, reader=reader, writer=writer
            )
