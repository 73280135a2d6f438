"""The table of who may do what, and what is made of it."""

import shlex

import pytest

from schemas import topics
from schemas.topics import TOPICS
from workers.adapters.kafka_acl_commands import acl_command
from workers.adapters.kafka_acls import Grant, grants, principal_name
from workers.adapters.kafka_roles import OUTSIDE, ROLES, WORK, Role, RoleName, role
from workers.adapters.redis_roles import REDIS_ROLES, redis_acl
from workers.adapters.strimzi_users import strimzi_user
from workers.entrypoints.group_names import group_name
from workers.entrypoints.installation import CLOCK, PRICE, PROJECT, ROUTE
from workers.processors.publish_directory import TRANSACTION

PREFIX = "Prod_1."
SERVICES = (RoleName.SMTP, RoleName.ROUTE, RoleName.PROJECT, RoleName.PRICE, RoleName.CLOCK)
by_name = pytest.mark.parametrize("each", ROLES, ids=lambda each: each.name)


@pytest.mark.parametrize("outside", OUTSIDE, ids=lambda each: each.name)
def test_nobody_outside_reads_content_or_inner_state(outside: Role) -> None:
    """Whatever a topic's audience becomes."""
    assert {"downstream", "shops"} >= {topic.audience for topic in outside.reads}
    assert not outside.asks + outside.transacts
    assert not any(group.startswith("stellwerk") for group in outside.joins)


def test_whoever_writes_a_topic_is_meant_to() -> None:
    """Only `route` decides: what downstream reads has one writer. Mail comes in by the front door alone."""
    writers = {
        topic.name: {each.name for each in ROLES if topic in each.writes and each is not WORK}
        for topic in TOPICS
    }
    decided = (
        topics.TICKETS_ROUTED,
        topics.MESSAGES_PRIVACY_TAGGED,
        topics.TICKETS_SLA,
        topics.ROUTING_DECISIONS,
    )
    assert [{RoleName.ROUTE}] * 4 == [writers[topic.name] for topic in decided]
    assert {RoleName.SMTP} == writers["mail.inbound"]
    assert {RoleName.ADMIN} == writers["directory.entities"] == writers["policy.activations"]
    assert all(writers.values()), "a topic that nobody may write"


def test_every_topic_has_a_reader_of_its_audience() -> None:
    """Published topics are readable outside, the others by operators."""
    for topic in TOPICS:
        assert topic in role(RoleName.OPERATOR).reads
        if topic.audience == "downstream":
            assert topic in role(RoleName.DOWNSTREAM).reads


def test_one_process_of_all_has_the_rights_of_all() -> None:
    """`stellwerk work` alone."""
    parts = [role(name) for name in SERVICES if name != RoleName.SMTP]
    for of in ("reads", "writes", "joins", "transacts", "asks"):
        together = {getattr(one, "name", one) for part in parts for one in getattr(part, of)}
        assert together == {getattr(one, "name", one) for one in getattr(WORK, of)}


def test_groups_and_transactional_ids_are_those_that_the_services_use() -> None:
    """The names are made in two places; here they meet."""
    for processor in (ROUTE, PROJECT, PRICE, CLOCK):
        assert (f"stellwerk-{processor}",) == role(RoleName(processor)).joins
        assert group_name("", processor) == f"stellwerk-{processor}"
    assert TRANSACTION in role(RoleName.ADMIN).transacts


@by_name
def test_grants_name_nothing_outside_of_the_installation(each: Role) -> None:
    """The prefix keeps installations apart; only provisioning looks at the cluster itself."""
    found = grants(each, PREFIX)
    assert all(grant.name.startswith(PREFIX) for grant in found if grant.resource != "cluster")
    assert each.provisions == any(grant.resource == "cluster" for grant in found)
    assert not [grant for grant in found if grant.prefixed and grant.resource == "topic"]
    assert {"All", "Delete", "Alter"}.isdisjoint(op for grant in found for op in grant.operations)


@by_name
def test_strimzi_and_kafka_acls_say_the_same(each: Role) -> None:
    """One line and one entry for each grant."""
    user, found = principal_name(each.name, PREFIX), grants(each, PREFIX)
    resource = strimzi_user(user, found, "mail")
    entries = resource["spec"]["authorization"]["acls"]
    assert len(entries) == len(found)
    for entry, grant in zip(entries, found, strict=True):
        words = shlex.split(acl_command(user, grant).partition("--force ")[2])
        assert f"User:{user}" in words
        assert entry["operations"] == [words[i + 1] for i, word in enumerate(words) if word == "--operation"]
        assert (entry["resource"].get("patternType") == "prefix") == ("prefixed" in words)


def test_a_users_name_is_fit_for_a_resource() -> None:
    """RFC 1123, whatever the prefix."""
    assert "prod-1.stellwerk-smtp" == principal_name("smtp", PREFIX)


def test_a_grant_that_stands_for_many_names_says_so() -> None:
    """`*` at the end, and nowhere else."""
    [group] = [grant for grant in grants(role(RoleName.DOWNSTREAM), PREFIX) if grant.resource == "group"]
    assert Grant("group", f"{PREFIX}downstream", ("Read",), prefixed=True) == group


@pytest.mark.parametrize("each", REDIS_ROLES, ids=lambda each: each.name)
def test_a_redis_user_has_keys_of_this_installation_only(each: object) -> None:
    """And no command that looks at, or removes, what it does not own."""
    words = redis_acl(each, PREFIX).split()  # type: ignore[arg-type]
    keys = [word.removeprefix("%R~").removeprefix("~").removeprefix("{") for word in words if "~" in word]
    assert keys
    assert all(key.startswith(PREFIX) for key in keys)
    allowed = {word[1:].upper() for word in words if word.startswith("+")}
    assert not allowed & {"@ALL", "FLUSHALL", "FLUSHDB", "KEYS", "SCAN", "CONFIG", "ACL", "MONITOR", "DEBUG"}
    assert words.index("-@all") < min(index for index, word in enumerate(words) if word.startswith("+"))
