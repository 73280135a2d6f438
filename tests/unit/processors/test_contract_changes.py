"""What would break those who build on a published schema."""

from typing import Any

import pytest

from schemas.topics import TICKETS_ROUTED, TOPICS
from workers.processors.contract import json_schema
from workers.processors.contract_changes import breaking_changes

TEXT = {"type": "string"}
TEXT_OR_NULL = {"anyOf": [TEXT, {"type": "null"}]}


def a_schema(*required: str, **properties: Any) -> dict[str, Any]:
    """An object with these properties."""
    return {"type": "object", "properties": properties, "required": list(required)}


@pytest.mark.parametrize(
    ("published", "now", "broken"),
    [
        (a_schema("a", a=TEXT), a_schema(), "`a` was removed"),
        (a_schema(a=TEXT), a_schema(a={"type": "integer"}), "`a` was string, and is integer"),
        (a_schema(a=TEXT), a_schema(a=TEXT_OR_NULL), "`a` was string, and is string or null"),
        (
            a_schema(a=TEXT),
            a_schema("b", a=TEXT, b=TEXT),
            "`b` is newly required: records without it exist",
        ),
        (a_schema("a", a=TEXT), a_schema(a=TEXT), "`a` was always there, and now may be missing"),
        (
            a_schema(a={"type": "array", "items": TEXT}),
            a_schema(a={"type": "array", "items": {"type": "number"}}),
            "`a[]` was string, and is number",
        ),
        (
            a_schema(a=TEXT),
            a_schema(a={**TEXT, "format": "date-time"}),
            "`a`: format was nothing, and is date-time",
        ),
        (
            a_schema(a={"type": "integer", "minimum": 1}),
            a_schema(a={"type": "integer", "minimum": 2}),
            "`a`: minimum was 1, and is 2",
        ),
        (
            a_schema(a={"enum": ["x", "y"]}),
            a_schema(a={"enum": ["y", "z"]}),
            "`a`: x can no longer be said",
        ),
    ],
)
def test_a_break_is_said_in_one_readable_sentence(
    published: dict[str, Any], now: dict[str, Any], broken: str
) -> None:
    """A field that goes, changes its type, or becomes required."""
    assert [broken] == breaking_changes(published, now)


def test_optional_fields_words_and_texts_may_be_added() -> None:
    """Within v1 changes only add."""
    published = a_schema("a", a={"enum": ["x"]})
    now = a_schema("a", a={"enum": ["x", "y"], "description": "…"}, b=TEXT)
    assert [] == breaking_changes(published, now)


def test_breaks_are_found_behind_references_under_other_names() -> None:
    """A model that was only renamed breaks nothing; what changed inside it does."""
    inner = a_schema(b=TEXT)
    published = a_schema(a={"$ref": "#/$defs/Old"}) | {"$defs": {"Old": inner}}
    renamed = a_schema(a={"$ref": "#/$defs/New"}) | {"$defs": {"New": inner}}
    changed = a_schema(a={"$ref": "#/$defs/New"}) | {"$defs": {"New": a_schema()}}

    assert [] == breaking_changes(published, renamed)
    assert ["`a.b` was removed"] == breaking_changes(published, changed)


def test_a_model_that_contains_itself_ends() -> None:
    """Groups of groups."""
    tree = a_schema(inner={"type": "array", "items": {"$ref": "#/$defs/Tree"}})
    schema = {"$ref": "#/$defs/Tree", "$defs": {"Tree": tree}}
    assert [] == breaking_changes(schema, schema)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_field_of_every_topic_is_watched(topic: Any) -> None:
    """Each field of the real schemas, taken away, is noticed."""
    schema = json_schema(topic)
    for name in schema["properties"]:
        without = {key: value for key, value in schema["properties"].items() if key != name}
        assert f"`{name}` was removed" in breaking_changes(schema, schema | {"properties": without})


def test_a_field_deep_inside_is_watched() -> None:
    """`requires` is what downstream systems decide by."""
    published = json_schema(TICKETS_ROUTED)
    now = json_schema(TICKETS_ROUTED)
    del now["$defs"]["Requires"]["properties"]["areas"]
    assert ["`requires.areas` was removed"] == breaking_changes(published, now)
