"""What a start refuses, and that it says why."""

from dataclasses import replace

import pytest

from schemas.topics import MAIL_INBOUND, TICKETS_STATE
from workers.adapters.topic_plan import ExistingTopic
from workers.adapters.topic_safety import unsafe_topics
from workers.adapters.topic_specs import topic_spec

_SPECS = [topic_spec(topic, "", 4, 3) for topic in (MAIL_INBOUND, TICKETS_STATE)]


def _topic(name: str = "mail.inbound", **configs: str) -> ExistingTopic:
    spec = next(spec for spec in _SPECS if spec.name == name)
    return ExistingTopic(name, 4, 3, {**spec.configs, "min.insync.replicas": "2", **configs})


def _refusals(topic: ExistingTopic, *, production: bool = True) -> str:
    return " ".join(unsafe_topics(_SPECS, {topic.name: topic}, production=production))


def test_topics_as_applied_are_safe() -> None:
    """Three copies, two in sync, our policies: nothing to say."""
    assert "" == _refusals(_topic())


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        (replace(_topic(), partitions=6), "has 6 partitions, 4 are configured"),
        (_topic("tickets.state", **{"cleanup.policy": "delete"}), "cleanup.policy=delete instead of compact"),
        (_topic(**{"cleanup.policy": "compact"}), "cleanup.policy=compact instead of delete"),
        (_topic(**{"max.message.bytes": "1000000"}), "max.message.bytes=1000000"),
        (_topic(**{"message.timestamp.type": "CreateTime"}), "CreateTime instead of LogAppendTime"),
        (_topic(**{"unclean.leader.election.enable": "true"}), "drop acknowledged mail"),
    ],
)
def test_what_breaks_a_promise_is_refused_always(topic: ExistingTopic, words: str) -> None:
    """Given one wrong thing, then the refusal names it, in production or not."""
    assert words in _refusals(topic, production=False)
    assert words in _refusals(topic)


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        (replace(_topic(), replication=2), "has 2 copies: production needs 3"),
        (_topic(**{"min.insync.replicas": "1"}), "min.insync.replicas=1: production needs 2"),
    ],
)
def test_one_disk_is_refused_in_production_only(topic: ExistingTopic, words: str) -> None:
    """Given too few copies, then a single machine may run, and production may not."""
    assert words in _refusals(topic)
    assert "" == _refusals(topic, production=False)


def test_a_topic_that_does_not_exist_yet_is_not_judged() -> None:
    """Given no topics, then there is nothing to refuse: the start waits for them."""
    assert () == unsafe_topics(_SPECS, {}, production=True)
