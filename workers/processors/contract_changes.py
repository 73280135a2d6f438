"""What a changed JSON Schema would break for those who read, or write, by the one that was published.

Within v1 a schema only grows: an optional field may come. All else is a break: readers rely on a field being there and
on its type, and old records must still be readable by new code.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
Seen = frozenset[tuple[str, str]]
"""References that are being compared: models may contain themselves."""

_MEANS = ("format", "const", "pattern", "uniqueItems")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_LENGTHS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_COMPARED = (*_MEANS, *_BOUNDS, *_LENGTHS)
_CHOICES = ("anyOf", "oneOf", "allOf")
_LISTED = (*_CHOICES, "prefixItems")
_NESTED = ("items", "additionalProperties", "propertyNames", "contains")
_MISSING = "nothing"


def breaking_changes(published: Schema, now: Schema) -> list[str]:
    """One sentence for each break, in the order of the fields; none: `now` may be published in its place.

    Both are whole documents of `contract.json_schema`: references lead into their own `$defs`.
    """
    return list(_Comparison(published, now).of(published, now, "", frozenset()))


class _Comparison:
    def __init__(self, published: Schema, now: Schema) -> None:
        self._published, self._now = published, now

    def of(self, old: Schema, new: Schema, at: str, seen: Seen) -> Iterator[str]:
        pair = (str(old.get("$ref")), str(new.get("$ref")))
        if pair in seen:
            return
        seen = seen | {pair} if "$ref" in old and "$ref" in new else seen
        old, new = _resolved(old, self._published), _resolved(new, self._now)
        before, after = _kind(old, self._published), _kind(new, self._now)
        if before != after:
            yield f"`{at or 'the value'}` was {before}, and is {after}"
            return
        yield from _differences(old, new, at)
        yield from self._fields(old, new, at, seen)
        for keyword in _NESTED:
            yield from self._inner(old.get(keyword), new.get(keyword), _below(at, keyword), seen)
        for keyword in _LISTED:
            for one, other in zip(old.get(keyword, ()), new.get(keyword, ()), strict=False):
                yield from self.of(one, other, at, seen)

    def _fields(self, old: Schema, new: Schema, at: str, seen: Seen) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
        for name, schema in before.items():
            path = f"{at}.{name}".lstrip(".")
            if name not in after:
                yield f"`{path}` was removed"
                continue
            yield from self.of(schema, after[name], path, seen)
            if name in required_before - required_after:
                yield f"`{path}` was always there, and now may be missing"
        for name in sorted(required_after - required_before):
            yield f"`{f'{at}.{name}'.lstrip('.')}` is newly required: records without it exist"

    def _inner(self, old: Any, new: Any, at: str, seen: Seen) -> Iterator[str]:
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self.of(old, new, at, seen)
        elif old != new:
            yield f"`{at}` was {_shown(old)}, and is {_shown(new)}"


def _resolved(schema: Schema, document: Schema) -> Schema:
    """`#/$defs/NAME` followed; what stands beside a `$ref` holds too."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return {**document["$defs"][reference.removeprefix("#/$defs/")], **beside}


def _differences(old: Schema, new: Schema, at: str) -> Iterator[str]:
    """Enums are open: words may come, none may go."""
    where = at or "the value"
    for keyword in _COMPARED:
        if old.get(keyword) != new.get(keyword):
            yield f"`{where}`: {keyword} was {_shown(old.get(keyword))}, and is {_shown(new.get(keyword))}"
    if gone := [word for word in old.get("enum", ()) if word not in new.get("enum", ())]:
        yield f"`{where}`: {', '.join(map(str, gone))} can no longer be said"
    if "enum" in new and "enum" not in old:
        yield f"`{where}`: any value could be said, and now only {', '.join(map(str, new['enum']))}"


def _shown(value: Any) -> str:
    return _MISSING if value is None else str(value)


def _kind(schema: Schema, document: Schema) -> str:
    """What it is, in words: `string`, `string or null`, `array (3 places)`."""
    schema = _resolved(schema, document)
    for keyword in _CHOICES:
        if keyword in schema:
            return " or ".join(_kind(each, document) for each in schema[keyword])
    places = f" ({len(schema['prefixItems'])} places)" if "prefixItems" in schema else ""
    return str(schema.get("type", "anything")) + places


def _below(at: str, keyword: str) -> str:
    return f"{at}[]" if keyword == "items" else f"{at}.*"
