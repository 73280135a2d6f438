"""Everything that runs in a campaign: broker, Valkey behind a proxy, the services, and where their files are."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import psutil
from redis.asyncio import Redis

from tests.faults.brokers import Brokers, OneBroker, ThreeBrokers
from tests.faults.provision import write_files
from tests.faults.service import STELLWERK, Service, run_command
from tests.support.tcp_proxy import TcpProxy
from workers.adapters.embedded_valkey import EmbeddedValkey

MARK = "STELLWERK_CAMPAIGN"
REPOSITORY = Path(__file__).parents[2]


class World:
    """`route` has one to five workers. The broker's and Valkey's ports stay the same over their restarts."""

    def __init__(self, directory: Path, kafka: Brokers, valkey: EmbeddedValkey, proxy: TcpProxy) -> None:
        self.directory = directory
        self.kafka = kafka
        self.valkey = valkey
        self.proxy = proxy
        self.redis = Redis.from_url(valkey.url)
        self.mark = uuid4().hex
        self.smtp_port = free_port()
        self.blobs = directory / "blobs"
        self.orders = directory / "orders"
        self.orders.mkdir()
        self.blobs.mkdir()
        self.env = self._env()
        self.smtp = self._service("smtp", str(STELLWERK), "smtp")
        self.project = self._service("project", str(STELLWERK), "work", "project")
        self.route = [self._worker(0)]
        self.started_workers = 1

    async def start(self) -> None:
        policy, directory = write_files(self.directory)
        await run_command(self.env, "topics", "apply")
        await run_command(self.env, "policy", "publish", str(policy), "--yes")
        await run_command(self.env, "directory", "load", str(directory), "--yes")
        for service in (self.project, *self.route, self.smtp):
            service.start()

    async def stop(self) -> dict[str, float]:
        """SIGTERM for all, in the order of a shut-down; seconds that each took."""
        return {service.name: await service.stop() for service in (self.smtp, *self.route, self.project)}

    async def scale(self, workers: int) -> None:
        """Start or stop routing workers until there are so many."""
        while len(self.route) < workers:
            self.route.append(self._worker(self.started_workers))
            self.started_workers += 1
            self.route[-1].start()
        while len(self.route) > workers:
            await self.route.pop().stop()

    async def views(self) -> dict[str, dict[bytes, bytes]]:
        """Every hash of the ticket views, by its key."""
        keys = await self.redis.keys("*view:*:tickets.state:*")
        return {_bytes(key).decode(): await self._hash(key) for key in keys}

    async def directory_view(self) -> dict[bytes, bytes]:
        keys = await self.redis.keys("*view:*:directory.entities:0")
        return await self._hash(keys[0]) if keys else {}

    async def _hash(self, key: bytes | str) -> dict[bytes, bytes]:
        found = await self.redis.hgetall(key)
        return {_bytes(field): _bytes(value) for field, value in found.items()}

    def left_over(self) -> list[str]:
        """Processes of ours that live, the servers' aside."""
        mine = {os.getpid()}
        found = []
        for process in psutil.process_iter(["pid", "cmdline"]):
            with contextlib.suppress(psutil.Error):
                if process.pid not in mine and process.environ().get(MARK) == self.mark:
                    found.append(f"{process.pid} {' '.join(process.info['cmdline'] or ())[:80]}")
        return found

    def _env(self) -> dict[str, str]:
        return {
            MARK: self.mark,
            "PYTHONPATH": str(REPOSITORY),
            "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "STELLWERK_KAFKA__PARTITIONS": "4",
            "STELLWERK_KAFKA__PRODUCTION": str(isinstance(self.kafka, ThreeBrokers)),
            "STELLWERK_REDIS__URL": f"redis://127.0.0.1:{self.proxy.port}/0",
            "STELLWERK_SMTP__HOST": "127.0.0.1",
            "STELLWERK_SMTP__PORT": str(self.smtp_port),
            "STELLWERK_BLOBS__URL": self.blobs.as_uri(),
            "STELLWERK_SECRET": "a secret of the campaign, long enough to be one",
            "STELLWERK_HTTP__PORT": "0",
            "STELLWERK_HTTP__HOST": "127.0.0.1",
            "STELLWERK_HTTP__TOKEN": "campaign-token",
        }

    def _worker(self, number: int) -> Service:
        orders = {"STELLWERK_CAMPAIGN_ORDERS": str(self.orders)}
        command = (sys.executable, "-m", "tests.faults.route_worker")
        return Service(f"route-{number}", command, self.env | orders, self.directory)

    def _service(self, name: str, *command: str) -> Service:
        return Service(name, command, self.env, self.directory)


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _clear(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for old in ("blobs", "orders", "kafka", "valkey"):
        shutil.rmtree(directory / old, ignore_errors=True)


@contextlib.asynccontextmanager
async def running_world(directory: Path, brokers: int = 1) -> AsyncIterator[World]:
    """A world with its servers up and its services started; all is gone at the end. Three brokers: as in production."""
    _clear(directory)
    kafka: Brokers = ThreeBrokers(directory) if brokers == 3 else OneBroker(directory)
    valkey = EmbeddedValkey(directory)
    try:
        await asyncio.to_thread(kafka.start)
        await asyncio.to_thread(valkey.start)
        host, port = valkey.url.removeprefix("redis://").partition("/")[0].split(":")
        async with TcpProxy(host, int(port)) as proxy:
            world = World(directory, kafka, valkey, proxy)
            try:
                await world.start()
                yield world
            finally:
                await world.stop()
                await world.redis.aclose()
    finally:
        await asyncio.to_thread(valkey.kill)
        await asyncio.to_thread(kafka.kill)
