"""What shadow routing reads before it starts: policies, people, and the directory where that of now is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workers.adapters.spool import Spool
from workers.entrypoints.configured import settings
from workers.entrypoints.installation import installation_secret
from workers.processors.policy_archive import PolicyArchive, read_policies
from workers.processors.publish_directory import published_values
from workers.processors.shadow import Shadow
from workers.processors.topic_reader import TopicReader
from workers.processors.viewers import users_in
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.directory_index import derive
from workers.routing.identity import Signer

Facts = Literal["recorded", "current"]


@dataclass(frozen=True, slots=True)
class Known:
    """All policies that ever went live, and the fields of the directory view as it is now."""

    policies: PolicyArchive
    directory: Mapping[str, bytes]


async def read_known(reader: TopicReader) -> Known:
    return Known(await read_policies(reader), derive(await published_values(reader)))


async def shadow_of(reader: TopicReader, candidate: CompiledPolicy, facts: Facts, spool: Spool) -> Shadow:
    """As of now; see `shadow_from`."""
    return shadow_from(await read_known(reader), candidate, facts, spool)


def shadow_from(known: Known, candidate: CompiledPolicy, facts: Facts, spool: Spool) -> Shadow:
    """`facts`: whether senders and rights are those that were recorded, or those of the directory now."""
    return Shadow(
        policies=known.policies,
        candidate=candidate,
        signer=Signer(installation_secret(settings())),
        users=users_in(known.directory),
        diverged=spool,
        directory=known.directory if facts == "current" else None,
    )
