"""Events that we wrote ourselves, read back without validating what msgspec has typed already.

Its shapes are derived from the models, and what it does not read exactly is left to pydantic: so values, and what is
refused, are those of `Event.read`. For models of plain parts, as `EnrichedMail` is: without validators of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

import msgspec
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from schemas.event import Event, Part
from schemas.unchecked import of_fields

E = TypeVar("E", bound=Event)

_PLAIN = (str, int, bool, NoneType, Ellipsis)
_Time = Annotated[str, msgspec.Meta(max_length=len("2026-03-02T08:00:00.123456Z"))]
"""With more digits msgspec rounds, and pydantic cuts off."""

_as_dict = msgspec.structs.asdict


class _Shape:
    """A model, as a struct that msgspec reads. `parts`: fields that hold models; true: in a tuple."""

    def __init__(self, model: type[Part]) -> None:
        self.model = model
        self.names = set(model.model_fields)
        self.parts: list[tuple[str, _Shape, bool]] = []
        self.times: list[str] = []
        if model.__pydantic_decorators__.model_validators or model.__pydantic_decorators__.field_validators:
            raise TypeError(f"{model.__name__} validates more than types")
        fields: list[Any] = [self._field(name, field) for name, field in model.model_fields.items()]
        self.struct = msgspec.defstruct(model.__name__, fields, kw_only=True, gc=False)

    def _field(self, name: str, field: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
        if field.annotation is AwareDatetime:
            self.times.append(name)
            typed: Any = _Time
        elif field.metadata:
            raise TypeError(f"{self.model.__name__}.{name} is validated by more than its type")
        else:
            typed = self._typed(name, field.annotation)
        return (name, typed) if field.is_required() else (name, typed, field.default)

    def _typed(self, name: str, annotation: Any, many: bool = False) -> Any:
        if annotation in _PLAIN:
            return annotation
        if isinstance(annotation, type) and issubclass(annotation, Part):
            shape = _Shape(annotation)
            self.parts.append((name, shape, many))
            return shape.struct
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is tuple:
            return tuple[tuple([self._typed(name, each, many=True) for each in arguments])]  # type: ignore[misc]
        if origin in (Union, UnionType):
            return reduce(or_, [self._typed(name, each, many) for each in arguments])
        raise TypeError(f"{self.model.__name__}.{name} is none of the types that are read so")


def trusted(model: type[E]) -> Callable[[bytes], E]:
    """What `model.read` does, for values that are as we write them. Raises `pydantic.ValidationError`."""
    shape = _Shape(model)
    decoder = msgspec.json.Decoder(shape.struct)

    def read(value: bytes) -> E:
        try:
            return cast("E", _made(shape, decoder.decode(value)))
        except msgspec.MsgspecError:
            return model.read(value)

    return read


def _made(shape: _Shape, found: msgspec.Struct) -> Part:
    fields = _as_dict(found)
    for name, inner, many in shape.parts:
        value = fields[name]
        if value:
            fields[name] = tuple([_made(inner, each) for each in value]) if many else _made(inner, value)
    for name in shape.times:
        fields[name] = _utc(msgspec.convert(fields[name], datetime))
    return of_fields(shape.model, fields, shape.names)


def _utc(time: datetime) -> datetime:
    if time.tzinfo is not UTC:
        raise msgspec.ValidationError("not in UTC")
    return time
