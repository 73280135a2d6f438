"""The configuration files of the embedded Kafka: one KRaft node, broker and controller in one.

Paths in them are relative to the node's directory, which is the process's working directory: no character in
a user's path needs escaping, and a data directory may be moved.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from workers.adapters.loopback_port import LOOPBACK

DATA = "data"
LOG = "broker.log"
NODE_ID = 1
# Longer than any topic of ours keeps records: a paused installation goes on where it stopped:
# the default of 7 days would start it from zero.
OFFSETS_KEPT = timedelta(days=400)

FIXED = MappingProxyType(
    {
        "process.roles": "broker,controller",
        "node.id": str(NODE_ID),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": DATA,
        # A killed broker may register again when its old session ends: 4 s instead of 12.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
        # One node.
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # Few partitions to create and to load again.
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "offsets.retention.minutes": str(OFFSETS_KEPT // timedelta(minutes=1)),
        # Each topic says itself how long it keeps records; one that doesn't keeps them.
        "log.retention.ms": "-1",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        # Small machines: the default takes 128 MB of the heap.
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        "num.recovery.threads.per.data.dir": "2",
    }
)

LOGGING = f"""\
status = error
shutdownHook = disable
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {LOG}
appender.file.filePattern = broker-%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %c{{1}}: %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
"""


def server_properties(port: int, controller_port: int, more: Mapping[str, str] = MappingProxyType({})) -> str:
    """The text of server.properties. `more` comes on top of it, or instead."""
    client = f"PLAINTEXT://{LOOPBACK}:{port}"
    settings = {
        **FIXED,
        "listeners": f"{client},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": client,
        "controller.quorum.voters": f"{NODE_ID}@{LOOPBACK}:{controller_port}",
        **more,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
