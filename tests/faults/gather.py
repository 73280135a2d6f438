"""Collects the evidence when all is quiet: every topic, every view, every blob."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path

from tests.faults.evidence import Evidence, Told
from tests.faults.topic_reader import read_topics, unstable_partitions
from tests.faults.world import World

TOPICS = (
    "mail.inbound",
    "mail.enriched",
    "mail.forwarded",
    "tickets.state",
    "tickets.routed",
    "tickets.commands",
    "tickets.command-results",
    "messages.privacy-tagged",
    "tickets.sla",
    "routing.decisions",
    "mail.dead-letter",
)


def topics_of(prefix: str) -> list[str]:
    return [prefix + topic for topic in TOPICS]


async def gather_evidence(world: World, told: list[Told], directory_before: dict[bytes, bytes]) -> Evidence:
    bootstrap = world.kafka.bootstrap
    unstable = await asyncio.to_thread(unstable_partitions, bootstrap, topics_of(""))
    topics = await asyncio.to_thread(read_topics, bootstrap, TOPICS)
    views = {name: _text(view) for name, view in (await world.views()).items()}
    return Evidence(
        told=told,
        topics=topics,
        views=views,
        directory_view_before=_text(directory_before),
        directory_view=_text(await world.directory_view()),
        unstable=unstable,
        blobs=_blobs(world.blobs),
    )


def _text(view: dict[bytes, bytes]) -> dict[str, bytes]:
    return {field.decode(): value for field, value in view.items()}


def _blobs(directory: Path) -> dict[str, bytes]:
    contents = [path.read_bytes() for path in directory.rglob("*") if path.is_file()]
    return {sha256(content).hexdigest(): content for content in contents}
