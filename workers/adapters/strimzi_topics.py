"""The topics as resources of Strimzi's topic operator, for clusters where that one owns them. Pure."""

import re
from collections.abc import Iterable
from typing import Any

from workers.adapters.topic_specs import TopicSpec

API_VERSION = "kafka.strimzi.io/v1"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9.-]+")


def strimzi_topics(specs: Iterable[TopicSpec], cluster: str) -> list[dict[str, Any]]:
    """A `KafkaTopic` for each. `cluster`: the name of the `Kafka` resource. Settings are those of `topics apply`."""
    return [_topic(spec, cluster) for spec in specs]


def _topic(spec: TopicSpec, cluster: str) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "KafkaTopic",
        "metadata": {
            "name": _resource_name(spec.name),
            "labels": {"strimzi.io/cluster": cluster, "app.kubernetes.io/part-of": "stellwerk"},
        },
        "spec": {
            "topicName": spec.name,
            "partitions": spec.partitions,
            "replicas": spec.replication,
            "config": {name: _value(value) for name, value in spec.configs.items()},
        },
    }


def _resource_name(topic: str) -> str:
    """RFC 1123: a prefix may have capitals and underscores, a resource may not."""
    return _NOT_IN_NAMES.sub("-", topic.lower()).strip("-.")


def _value(text: str) -> str | int | bool:
    """Numbers and truth values as YAML has them, so that the operator finds no difference to its own."""
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if re.fullmatch(r"-?\d+", text) else text
