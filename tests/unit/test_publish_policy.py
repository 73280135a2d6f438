"""A policy goes live."""

from schemas.policy import Mailbox, Policy, Process, UnknownSenders
from schemas.policy_events import PolicyActivation, PolicyVersion
from schemas.topics import POLICY_ACTIVATIONS, POLICY_VERSIONS
from tests.support.fake_topics import CLOCK, FakeTopics
from workers.processors.publish_policy import PolicyPublished, active_policy_version, publish_policy


def a_version(version: str = "v1") -> PolicyVersion:
    policy = Policy(
        processes={"helpdesk": Process(default_area="helpdesk")},
        mailboxes={"support@acme.example": Mailbox(process="helpdesk", user_group="support")},
        unknown_senders=UnknownSenders(address_book="inbox"),
    )
    return PolicyVersion(version=version, policy=policy)


async def publish(topics: FakeTopics, version: str) -> PolicyPublished:
    return await publish_policy(a_version(version), at=CLOCK, actor="admin", reader=topics, writer=topics)


async def test_the_first_policy_is_stored_before_it_is_activated() -> None:
    """Whoever reads the activation finds the version."""
    topics = FakeTopics()

    assert PolicyPublished("v1", None) == await publish(topics, "v1")

    version, activation = topics.writes
    assert (POLICY_VERSIONS.name, b"v1") == (version[0].topic, version[0].key)
    assert (POLICY_ACTIVATIONS.name, None) == (activation[0].topic, activation[0].key)
    assert PolicyActivation(version="v1", activated_at=CLOCK, actor="admin") == PolicyActivation.read(
        activation[0].value or b""
    )
    assert "v1" == await active_policy_version(topics)


async def test_publishing_the_active_policy_again_writes_nothing() -> None:
    """`up` does it at each start."""
    topics = FakeTopics()
    await publish(topics, "v1")
    topics.writes.clear()

    published = await publish(topics, "v1")

    assert not published.changed
    assert [] == topics.writes


async def test_going_back_to_an_older_policy_is_an_activation_of_its_own() -> None:
    """The last one in the topic holds."""
    topics = FakeTopics()
    await publish(topics, "v1")
    await publish(topics, "v2")

    published = await publish(topics, "v1")

    assert PolicyPublished("v1", "v2") == published
    assert "v1" == await active_policy_version(topics)
