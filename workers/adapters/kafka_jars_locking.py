"""Write kafka_jars.lock anew: resolve Kafka's release with jgo, fetch each file, note its size and SHA-256.

A development tool: `python -m workers.adapters.kafka_jars_locking > workers/adapters/kafka_jars.lock`, or `make lock`.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

from jgo.maven import Dependency, MavenContext

from workers.adapters.system_trust import trusting_the_system

# Not newer: in 4.3.1 and 4.4.0 a broker that comes back from a kill takes its own partitions for deleted while
# they have no leader, and forgets to write the commit markers of transactions that it had acknowledged (KAFKA-20734).
KAFKA = "org.apache.kafka:kafka_2.13:4.1.2"
# Kafka's server leaves the choice of a log binding to its distribution. This one is added by itself, not resolved
# with Kafka: jgo takes what log4j's own parent manages (an old kafka-clients) for everybody's version.
BINDING = "org.apache.logging.log4j:log4j-slf4j-impl"
BINDING_VERSION_OF = "org.apache.logging.log4j:log4j-core"

HEADER = "# Apache Kafka and its log binding: group:artifact:version, bytes, SHA-256. Written by `make lock`."


def locked_lines(maven: MavenContext) -> list[str]:
    direct, transitive = maven.resolver.resolve([maven.create_dependency(KAFKA)])
    kafka = {f"{dep.groupId}:{dep.artifactId}": dep for dep in (*direct, *transitive)}
    binding = maven.create_dependency(f"{BINDING}:{kafka[BINDING_VERSION_OF].version}")
    return sorted(_line(dep) for dep in (*kafka.values(), binding))


def _line(dependency: Dependency) -> str:
    content = Path(dependency.artifact.resolve()).read_bytes()
    coordinate = f"{dependency.groupId}:{dependency.artifactId}:{dependency.version}"
    return f"{coordinate} {len(content)} {hashlib.sha256(content).hexdigest()}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as cache, trusting_the_system():
        lines = locked_lines(MavenContext(repo_cache=Path(cache)))
    sys.stdout.write("\n".join([HEADER, *lines]) + "\n")
