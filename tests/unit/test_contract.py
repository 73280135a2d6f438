"""The generated contract."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from schemas.cloudevents import header, headers_for
from schemas.event import Event
from schemas.topics import TICKETS_ROUTED, TOPICS, Topic
from tests.support.builders import RECEIVED_AT
from workers.entrypoints.cli_contract import write_contract
from workers.processors.contract import asyncapi, json_schema
from workers.processors.contract_changes import breaking_changes


def pieces(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object in a schema, itself first."""
    if isinstance(schema, dict):
        yield schema
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for each in inner:
        yield from pieces(each)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_each_schema_is_whole_and_lets_readers_ignore_new_fields(topic: Topic[Event]) -> None:
    """Within v1 fields are added: a schema that forbids them would break every reader."""
    schema = json_schema(topic)

    assert schema["$schema"].endswith("2020-12/schema")
    assert {"#/$defs/" + name for name in schema.get("$defs", {})} >= {
        piece["$ref"] for piece in pieces(schema) if "$ref" in piece
    }
    assert not [piece for piece in pieces(schema) if piece.get("additionalProperties") is False]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_events_name_the_schema_that_is_exported(topic: Topic[Event]) -> None:
    """`ce_dataschema` is the `$id`."""
    headers = headers_for(topic, event_id="1", time=RECEIVED_AT, subject="s", partition_key="k")
    assert json_schema(topic)["$id"] == header(headers, "ce_dataschema")


def test_a_deprecated_topic_says_so_and_breaks_nothing() -> None:
    """And only its own schema does, whoever else holds the same model."""
    old = replace(TICKETS_ROUTED, deprecated=True)
    assert {**json_schema(TICKETS_ROUTED), "deprecated": True} == json_schema(old)
    assert [] == list(breaking_changes(json_schema(TICKETS_ROUTED), json_schema(old)))
    assert [] == [topic.name for topic in TOPICS if '"deprecated": true' in json.dumps(json_schema(topic))]


def test_a_channels_address_is_the_topic() -> None:
    """With the installation's prefix; every topic is there, and those that others write are received."""
    document = asyncapi("1.2.3", "prod.")

    assert {topic.name: f"prod.{topic.name}" for topic in TOPICS} == {
        name: channel["address"] for name, channel in document["channels"].items()
    }
    actions = {
        operation["channel"]["$ref"].rpartition("/")[2]: operation["action"]
        for operation in document["operations"].values()
    }
    assert "receive" == actions["tickets.commands"]
    assert "send" == actions["tickets.routed"]


def test_the_contract_is_written_the_same_twice(tmp_path: Path) -> None:
    """So that it can be kept under version control. All files that asyncapi.yaml names are there."""
    first = write_contract(tmp_path / "a", "")
    second = write_contract(tmp_path / "b", "")

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    document = YAML(typ="safe").load(first[0])
    named = {piece["$ref"] for piece in pieces(document) if str(piece.get("$ref", "")).startswith("./")}
    assert {f"./schemas/{topic.name}.v1.json" for topic in TOPICS} == named
    assert (
        "T-EFXBY9J9J79H"
        == document["components"]["messages"]["tickets.routed"]["examples"][0]["payload"]["ticket_id"]
    )
    assert all(json.loads(path.read_text())["$id"] for path in first[1:])
