"""What must be done so that a cluster has our topics."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from schemas.topics import DIRECTORY_ENTITIES, MAIL_INBOUND
from workers.adapters.topic_plan import Drift, ExistingTopic, plan_topics
from workers.adapters.topic_specs import TopicSpec, replication_for, topic_spec, topic_specs

GOOD_BROKER = {
    "offsets.retention.minutes": str(400 * 24 * 60),
    "auto.create.topics.enable": "false",
    "unclean.leader.election.enable": "false",
}


def existing(*specs: TopicSpec, **configs: str) -> Mapping[str, ExistingTopic]:
    """As the broker describes topics that were made by these specs."""
    changes = {name.replace("_", "."): value for name, value in configs.items()}
    return {
        spec.name: ExistingTopic(spec.name, spec.partitions, spec.replication, {**spec.configs, **changes})
        for spec in specs
    }


SPECS = topic_specs("p.", 4, 1)
INBOUND = topic_spec(MAIL_INBOUND, "p.", 4, 3)


def test_an_empty_cluster_gets_all_topics() -> None:
    """With the prefix."""
    plan = plan_topics(SPECS, {}, GOOD_BROKER)
    assert SPECS == plan.create
    assert all(spec.name.startswith("p.") for spec in plan.create)


def test_a_cluster_as_it_should_be_is_left_alone() -> None:
    """No change, no warning."""
    plan = plan_topics(SPECS, existing(*SPECS), GOOD_BROKER)
    assert len(SPECS) == len(plan.unchanged)
    assert not (plan.create)
    assert not (plan.drifted)
    assert not (plan.refused)
    assert not plan.warnings


def test_drift_is_named_with_what_was_found() -> None:
    """One setting of one topic."""
    plan = plan_topics([INBOUND], existing(INBOUND, retention_ms="1000"), GOOD_BROKER)
    assert (Drift(INBOUND.name, "retention.ms", "1000", str(90 * 86_400_000)),) == plan.drifted


def test_another_partition_count_is_refused_and_says_why() -> None:
    """Growing is refused as well as shrinking."""
    plan = plan_topics([replace(INBOUND, partitions=8)], existing(INBOUND), GOOD_BROKER)
    assert "4 partitions, 8 are configured" in plan.refused[0]


def test_fewer_copies_are_a_warning_and_set_how_many_must_be_in_sync() -> None:
    """A topic with one copy and min.insync.replicas 2 would accept nothing."""
    found = existing(replace(INBOUND, replication=1), min_insync_replicas="1")
    plan = plan_topics([INBOUND], found, GOOD_BROKER)
    assert () == plan.drifted
    assert "fewer copies" in plan.warnings[0]


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("offsets.retention.minutes", "10080", "7 days"),
        ("auto.create.topics.enable", "true", "misspelt"),
        ("unclean.leader.election.enable", "true", "lose"),
    ],
)
def test_dangerous_cluster_settings_are_warned_of(setting: str, value: str, words: str) -> None:
    """They are the operator's to change."""
    plan = plan_topics(SPECS, existing(*SPECS), {**GOOD_BROKER, setting: value})
    assert 1 == len(plan.warnings)
    assert words in plan.warnings[0]


def test_personal_data_leaves_the_disk_within_a_day() -> None:
    """A compacted topic keeps the dirty part for ever unless told otherwise."""
    configs = topic_spec(DIRECTORY_ENTITIES, "", 4, 1).configs
    assert str(86_400_000) == configs["max.compaction.lag.ms"]


@pytest.mark.parametrize(
    ("brokers", "wanted", "copies"), [(1, None, 1), (2, None, 2), (5, None, 3), (5, 4, 4)]
)
def test_copies_follow_the_brokers_unless_configured(brokers: int, wanted: int | None, copies: int) -> None:
    """Three where three brokers can hold them."""
    assert copies == replication_for(brokers, wanted)
