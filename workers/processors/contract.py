"""The contract for other systems, generated from the models and schemas/topics.py: JSON Schema and AsyncAPI 3."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from schemas.dead_letter import HEADER
from schemas.event import Event
from schemas.topics import MAIL_DEAD_LETTER, TOPICS, Topic

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ASYNCAPI = "3.0.0"
_RECEIVED = frozenset(
    {"tickets.commands", "directory.entities", "policy.versions", "policy.activations", "orders.placed"}
)
_CE_HEADERS = (
    ("ce_specversion", "1.0"),
    ("ce_id", "unique for each event"),
    ("ce_source", "`/stellwerk/<topic>`"),
    ("ce_type", "`stellwerk.<topic>.v1`"),
    ("ce_time", "RFC 3339: the time of the cause"),
    ("ce_subject", "the ticket's id, or what the event is about"),
    ("ce_partitionkey", "the record's key"),
    ("ce_dataschema", "the `$id` of the value's JSON Schema"),
    ("content-type", "application/json"),
)


def schema_file(topic: Topic[Event]) -> str:
    """Where a topic's JSON Schema lies, relative to asyncapi.yaml."""
    return f"schemas/{topic.name}.v1.json"


def json_schema(topic: Topic[Event]) -> dict[str, Any]:
    """JSON Schema 2020-12 of the topic's values, as a reader within v1 must take them: unknown fields are fine."""
    schema: dict[str, Any] = _open(topic.model.model_json_schema())
    about = {"$schema": DIALECT, "$id": f"urn:stellwerk:schema:{topic.name}:v1"}
    return {**about, **schema, **({"deprecated": True} if topic.deprecated else {})}


def asyncapi(
    version: str, prefix: str = "", examples: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """The AsyncAPI 3 document of an installation with this prefix.

    `version` is the program's. `examples`: a value for each topic's name that has one.
    """
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Stellwerk",
            "version": version,
            "description": "A mail router that loses nothing, doubles nothing, leaks nothing, and can say why. "
            "Values are JSON; CloudEvents 1.0 in binary mode. Within v1 fields are only ever added.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, prefix) for topic in TOPICS},
        "operations": {_operation_name(topic): _operation(topic) for topic in TOPICS},
        "components": {"messages": {topic.name: _message(topic, examples) for topic in TOPICS}},
    }


def _open(schema: Any) -> Any:
    """Without `additionalProperties: false`: that is a rule for us who write."""
    if isinstance(schema, list):
        return [_open(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _open(value) for key, value in schema.items() if (key, value) != ("additionalProperties", False)
    }


def _channel(topic: Topic[Event], prefix: str) -> dict[str, Any]:
    return {
        "address": topic.full_name(prefix),
        "summary": _summary(topic.model),
        "description": f"Key: {topic.key}. For: {topic.audience}.",
        "messages": {topic.model.__name__: {"$ref": f"#/components/messages/{topic.name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.full_name(prefix),
                "topicConfiguration": dict(_topic_configuration(topic)),
                "bindingVersion": "0.5.0",
            }
        },
    }


def _topic_configuration(topic: Topic[Event]) -> Iterator[tuple[str, Any]]:
    yield "cleanup.policy", [topic.cleanup]
    yield "retention.ms", -1 if topic.keep is None else int(topic.keep.total_seconds() * 1000)


def _operation_name(topic: Topic[Event]) -> str:
    return f"{_action(topic)}.{topic.name}"


def _action(topic: Topic[Event]) -> str:
    """From Stellwerk's side."""
    return "receive" if topic.name in _RECEIVED else "send"


def _operation(topic: Topic[Event]) -> dict[str, Any]:
    return {
        "action": _action(topic),
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{topic.model.__name__}"}],
    }


def _message(topic: Topic[Event], examples: Mapping[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": topic.event_type,
        "title": topic.model.__name__,
        "summary": _summary(topic.model),
        "contentType": "application/json",
        "headers": _headers(topic),
        "payload": {"$ref": f"./{schema_file(topic)}"},
        "bindings": {
            "kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": "0.5.0"}
        },
    }
    if topic.name in examples:
        message["examples"] = [{"name": "example", "payload": examples[topic.name]}]
    if topic.name == MAIL_DEAD_LETTER.name:
        message.pop("examples", None)  # the example is of the header
        message["contentType"] = "application/octet-stream"
        message["payload"] = {"description": f"The raw value as it was; why, is in the header {HEADER}."}
    return message


def _headers(topic: Topic[Event]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        name: {"type": "string", "description": meaning} for name, meaning in _CE_HEADERS
    }
    properties["ce_type"]["const"] = topic.event_type
    properties["traceparent"] = {"type": "string", "description": "W3C Trace Context, where there is one"}
    if topic.name == MAIL_DEAD_LETTER.name:
        properties = {HEADER: {"$ref": f"./{schema_file(topic)}"}}
    return {"type": "object", "properties": properties}


def _summary(model: type[Event]) -> str:
    return (model.__doc__ or model.__name__).strip().partition("\n")[0]
