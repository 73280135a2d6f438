"""Apache Kafka's jars in a cache of this user, fetched once from Maven Central.

kafka_jars.lock names each file with its size and SHA-256, so nothing is resolved at run time, and what was
not meant never runs.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from tenacity import retry, stop_after_attempt, wait_exponential

from workers.adapters.directory_lock import lock_directory
from workers.adapters.system_trust import trusting_the_system
from workers.errors import DependencyUnavailable

LOCK = "kafka_jars.lock"
FETCHERS = 4
OTHER_FETCH_SECONDS = 600.0
TIMEOUT_SECONDS = 30

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """No progress shown."""


@dataclass(frozen=True, slots=True)
class Jar:
    coordinate: str
    size_bytes: int
    sha256: str

    @property
    def file_name(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def parse_lock(text: str) -> tuple[Jar, ...]:
    lines = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(Jar(coordinate, int(size), sha256) for coordinate, size, sha256 in lines)


def locked_jars() -> tuple[Jar, ...]:
    return parse_lock((resources.files("workers.adapters") / LOCK).read_text())


def user_cache() -> Path:
    """XDG base directories; made when it is used."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stellwerk"


def kafka_jars(cache: Path | None = None, progress: Progress = silent) -> Path:
    """A directory with the locked jars and nothing else; fetches what is missing.

    Many processes may call this at once: one fetches, the others wait for it. Raises DependencyUnavailable
    when the files can't be fetched or stored.
    """
    jars = locked_jars()
    digest = hashlib.sha256("".join(jar.sha256 for jar in jars).encode()).hexdigest()[:12]
    directory = (cache or user_cache()) / f"kafka-{digest}"
    if not _missing(jars, directory):
        return directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _only_one_fetching(directory):
            _fetch_all(_missing(jars, directory), directory, progress)
    except OSError as error:  # a failed request is one, too
        raise DependencyUnavailable(
            f"Kafka's program files could not be fetched from Maven Central{_why(error)}. The first start of the "
            f"embedded Kafka needs the network and 50 MB at {directory}. With a Kafka of your own, set "
            "STELLWERK_KAFKA__BOOTSTRAP_SERVERS: then nothing is fetched.",
            error=str(error),
        ) from error
    return directory


def _why(error: OSError) -> str:
    """What somebody can mend, if it is known."""
    from requests.exceptions import SSLError  # jgo's, of the extra `embedded`

    if not isinstance(error, SSLError):
        return ""
    return (
        ": the certificate that was shown is by no authority that this machine trusts. Where a proxy inspects TLS, "
        "add its CA to the system's store, or name a file with it: REQUESTS_CA_BUNDLE=FILE.pem"
    )


def _missing(jars: Sequence[Jar], directory: Path) -> list[Jar]:
    return [jar for jar in jars if _size(directory / jar.file_name) != jar.size_bytes]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


@contextmanager
def _only_one_fetching(directory: Path) -> Iterator[None]:
    descriptor = lock_directory(directory, within_seconds=OTHER_FETCH_SECONDS)
    try:
        for left_by_the_dead in directory.glob("fetching-*"):
            shutil.rmtree(left_by_the_dead)
        yield
    finally:
        os.close(descriptor)


def _fetch_all(jars: Sequence[Jar], directory: Path, progress: Progress) -> None:
    total_mb = sum(jar.size_bytes for jar in jars) / 1e6
    done_bytes, said = 0, -1
    with (
        tempfile.TemporaryDirectory(prefix="fetching-", dir=directory) as staging,
        trusting_the_system(),
        ThreadPoolExecutor(FETCHERS) as pool,
    ):
        fetched = pool.map(lambda jar: fetch_jar(jar, Path(staging), directory), jars)
        for count, jar in enumerate(fetched, start=1):
            done_bytes += jar.size_bytes
            quarters = 4 * count // len(jars)
            if quarters > said:
                said = quarters
                progress(f"Fetching Apache Kafka: {done_bytes / 1e6:.0f} of {total_mb:.0f} MB")


@retry(stop=stop_after_attempt(3), wait=wait_exponential(multiplier=0.1, max=5), reraise=True)
def fetch_jar(jar: Jar, staging: Path, directory: Path) -> Jar:
    """Fetch, check, and only then move to its place: what stands there is whole and right.

    `staging`: on the file system of `directory`. Raises OSError.
    """
    from jgo.maven import MavenContext  # of the extra `embedded`

    with tempfile.TemporaryDirectory(dir=staging) as own:
        maven = MavenContext(repo_cache=Path(own), timeout=TIMEOUT_SECONDS)
        try:
            path = maven.create_dependency(jar.coordinate).artifact.resolve()
        except RuntimeError as error:  # jgo's word for any answer but 200
            raise OSError(f"{jar.file_name}: no repository has it now") from error
        if hashlib.sha256(path.read_bytes()).hexdigest() != jar.sha256:
            raise OSError(f"{jar.file_name}: its SHA-256 is not the locked one")
        path.replace(directory / jar.file_name)
    return jar
