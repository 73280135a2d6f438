"""A worker as a process of its own, which kills (-9) or stops (SIGSTOP) itself at a step of the engine."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.counting_lane import CountingTopics
from workers.adapters.redis_client import redis_client
from workers.adapters.redis_view_store import RedisViewStore
from workers.streams.config import Step
from workers.streams.lane_service import LaneService

ROOT = Path(__file__).parents[2]


@contextmanager
def lane_process(
    topics: CountingTopics, redis_url: str, *, step: Step, occurrence: int, signal_name: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs until it sends itself the signal at the step's n-th occurrence; killed at the end in any case."""
    arguments = [topics.prefix, topics.bootstrap, redis_url, step, str(occurrence), signal_name]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.lane_process", *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def _main(prefix: str, bootstrap: str, redis_url: str, fatal: str, occurrence: str, name: str) -> None:
    remaining = int(occurrence)

    async def checkpoint(step: Step, partition: int) -> None:
        nonlocal remaining
        if step == fatal:
            remaining -= 1
            if remaining == 0:
                os.kill(os.getpid(), signal.Signals[name])

    topics = CountingTopics(prefix, bootstrap=bootstrap)
    store = RedisViewStore(redis_client(redis_url))
    await LaneService(topics.config(store, checkpoint=checkpoint, batch_records=5)).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
