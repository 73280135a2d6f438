"""What becomes of the embedded servers when the process that started them is gone."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support.eventually import eventually
from workers.adapters.embedded_kafka import EmbeddedKafka


@contextmanager
def a_parent(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.support.embedding_parent", str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as parent:
        try:
            yield parent
        finally:
            parent.kill()


def started(parent: subprocess.Popen[str]) -> tuple[list[psutil.Process], str]:
    """The processes of both servers with their watchers, and Kafka's address."""
    assert parent.stdout is not None
    told = json.loads(parent.stdout.readline())
    servers = [psutil.Process(told[name]) for name in ("kafka", "valkey")]
    return [*servers, *(child for server in servers for child in server.children())], told["bootstrap"]


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


async def test_children_end_with_a_killed_parent(tmp_path: Path, kafka: EmbeddedKafka) -> None:
    """kill -9 of the parent: within 10 s nobody of its family is left."""
    with a_parent(tmp_path) as parent:
        family, _ = await asyncio.to_thread(started, parent)
        assert family == alive(family)

        parent.kill()

        assert await eventually(lambda: not alive(family), within=10)


async def test_a_killed_parents_data_can_be_used_at_once(tmp_path: Path, kafka: EmbeddedKafka) -> None:
    """A new start in the same directory waits for the end of the old children, and finds the same cluster."""
    with a_parent(tmp_path) as parent:
        await asyncio.to_thread(started, parent)
        before = cluster_id(tmp_path)
        parent.kill()

        with a_parent(tmp_path) as successor:
            await asyncio.to_thread(started, successor)

            assert before == cluster_id(tmp_path)


async def test_ctrl_c_reaches_the_parent_alone(tmp_path: Path, kafka: EmbeddedKafka) -> None:
    """A terminal signals its whole foreground group; the servers are not in it, so the parent stops them in order."""
    with a_parent(tmp_path) as parent:
        family, _ = await asyncio.to_thread(started, parent)

        assert all(parent.pid != os.getpgid(each.pid) for each in family)

        os.killpg(parent.pid, signal.SIGINT)
        assert await eventually(lambda: not alive(family), within=10)


def cluster_id(data_dir: Path) -> str:
    return (data_dir / "kafka" / "data" / "meta.properties").read_text().split("cluster.id=")[1].split()[0]
