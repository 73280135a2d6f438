"""A policy goes live: its version first, then its activation, which names it."""

from dataclasses import dataclass
from datetime import datetime

from schemas.cloudevents import headers_for
from schemas.policy_events import PolicyActivation, PolicyVersion
from schemas.topics import POLICY_ACTIVATIONS, POLICY_VERSIONS
from workers.errors import DependencyUnavailable
from workers.ports import OutRecord
from workers.processors.topic_reader import RecordWriter, TopicReader
from workers.routing.policy_version import is_intact


@dataclass(frozen=True, slots=True)
class PolicyPublished:
    """`previous`: the version that was active before; equal to `version`: nothing was written."""

    version: str
    previous: str | None

    @property
    def changed(self) -> bool:
        return self.version != self.previous


async def active_policy_version(reader: TopicReader) -> str | None:
    """The version of the last activation; None before the first."""
    version = None
    async for record in reader.read(POLICY_ACTIVATIONS):
        if record.value is not None:
            version = PolicyActivation.read(record.value).version
    return version


async def live_policy(reader: TopicReader) -> PolicyVersion | None:
    """The policy that decides now, with its content. Raises `DependencyUnavailable` where it is not whole."""
    version = await active_policy_version(reader)
    if version is None:
        return None
    found = None
    async for record in reader.read(POLICY_VERSIONS, key=version):
        if record.key == version.encode() and record.value is not None:
            found = PolicyVersion.read(record.value)
    if found is None or not is_intact(found):
        raise DependencyUnavailable("the active policy cannot be read by this version of stellwerk")
    return found


async def publish_policy(
    policy: PolicyVersion, *, at: datetime, actor: str, reader: TopicReader, writer: RecordWriter
) -> PolicyPublished:
    """Make it the policy that decides from now on. Doing it again changes nothing.

    When this raises after the version was written, the old policy stays active: a version alone is harmless.
    """
    previous = await active_policy_version(reader)
    if previous != policy.version:
        await writer.write([_version_record(policy, at)])
        await writer.write([_activation_record(policy.version, at, actor)])
    return PolicyPublished(policy.version, previous)


def _version_record(policy: PolicyVersion, at: datetime) -> OutRecord:
    headers = headers_for(
        POLICY_VERSIONS,
        event_id=policy.version,
        time=at,
        subject=policy.version,
        partition_key=policy.version,
    )
    return OutRecord(POLICY_VERSIONS.name, policy.version.encode(), policy.write(), headers)


def _activation_record(version: str, at: datetime, actor: str) -> OutRecord:
    activation = PolicyActivation(version=version, activated_at=at, actor=actor)
    headers = headers_for(
        POLICY_ACTIVATIONS,
        event_id=f"{version}:{at.isoformat()}",
        time=at,
        subject=version,
        partition_key=version,
    )
    return OutRecord(POLICY_ACTIVATIONS.name, None, activation.write(), headers)
