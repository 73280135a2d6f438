"""Whether what we depend on answers now. Each probe is read-only and raises what is wrong; bound it."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import fsspec
from fsspec.implementations.local import LocalFileSystem

from workers.adapters.kafka_admin import kafka_admin
from workers.adapters.kafka_connection import KafkaConnection
from workers.errors import DependencyUnavailable

if TYPE_CHECKING:
    from redis.asyncio import Redis

ROOM_BYTES = 64 * 1024 * 1024
"""A directory with less room than a big mail needs takes none."""


async def kafka_answers(connection: KafkaConnection) -> None:
    """By a connection of its own, as a process that starts now would find it."""
    async with kafka_admin(connection) as admin:
        await admin.brokers()


async def redis_answers(client: Redis) -> None:
    from redis.exceptions import RedisError  # `smtp` has no Redis, and starts without loading it

    from workers.adapters.redis_client import redis_failure

    try:
        await client.info("server")
    except (RedisError, OSError) as error:
        raise redis_failure(error) from error


async def blobs_answer(url: str) -> None:
    """A directory: it can be written and has room. An object store: it answers."""
    try:
        await asyncio.to_thread(_look_at, url)
    except Exception as error:  # each object store raises errors of its own
        raise DependencyUnavailable("The blob store does not answer", error=type(error).__name__) from error


def _look_at(url: str) -> None:
    files, root = fsspec.core.url_to_fs(url)
    if not isinstance(files, LocalFileSystem):
        files.invalidate_cache()
        files.exists(root)
        return
    directory = Path(root)
    while not directory.exists():  # it is made with its first blob
        directory = directory.parent
    if not directory.is_dir() or not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(directory)
    if shutil.disk_usage(directory).free < ROOM_BYTES:
        raise OSError("full")
