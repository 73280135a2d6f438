"""The roles as users of Strimzi's user operator, which keeps their passwords and their ACLs. Pure."""

from collections.abc import Sequence
from typing import Any, Literal

from workers.adapters.kafka_acls import CLUSTER, Grant
from workers.adapters.strimzi_topics import API_VERSION

_KINDS = {"topic": "topic", "group": "group", "transactional-id": "transactionalId", "cluster": "cluster"}

Login = Literal["scram-sha-512", "tls"]


def strimzi_user(
    name: str, grants: Sequence[Grant], cluster: str, login: Login = "scram-sha-512"
) -> dict[str, Any]:
    """A `KafkaUser`. The operator puts its password into a Secret of the same name, key `password`."""
    return {
        "apiVersion": API_VERSION,
        "kind": "KafkaUser",
        "metadata": {
            "name": name,
            "labels": {"strimzi.io/cluster": cluster, "app.kubernetes.io/part-of": "stellwerk"},
        },
        "spec": {
            "authentication": {"type": login},
            "authorization": {"type": "simple", "acls": [_acl(grant) for grant in grants]},
        },
    }


def _acl(grant: Grant) -> dict[str, Any]:
    resource: dict[str, Any] = {"type": _KINDS[grant.resource]}
    if grant.name != CLUSTER:
        resource |= {"name": grant.name, "patternType": "prefix" if grant.prefixed else "literal"}
    return {"resource": resource, "operations": list(grant.operations)}
