"""Models made without validating them once more, of values that are valid by construction.

For decisions, which make a dozen of them from values that were validated when they were read: validation is then
most of the cost. The recorded log (`tests/golden`) checks each one against its model.
"""

from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from pydantic import BaseModel

P = ParamSpec("P")
M = TypeVar("M", bound=BaseModel)

_new = object.__new__
_set_values = BaseModel.__dict__["__dict__"].__set__
_set_given = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
_set_private = BaseModel.__dict__["__pydantic_private__"].__set__
"""The models are frozen; these are half as long as `object.__setattr__`, which looks each of them up by its name."""


def unchecked(model: Callable[P, M]) -> Callable[P, M]:
    """The model's constructor without validation: the same keywords, of which mypy sees what is missing.

    Values must be what validation would give: the right types, times in UTC, id sets sorted, and nothing that is
    mutable and shared.
    """
    made_of = cast("type[M]", model)
    names = set(made_of.model_fields)
    defaults = {name: field.get_default() for name, field in made_of.model_fields.items()}

    def make(**fields: Any) -> M:
        return of_fields(made_of, defaults | fields, names)  # in the model's order, in which it is written

    return cast("Callable[P, M]", make)


def with_changes(before: M, changes: Mapping[str, Any]) -> M:
    """The model with these values instead of its own; of a model that was made of all its fields."""
    return of_fields(type(before), {**before.__dict__, **changes}, before.__pydantic_fields_set__)


def of_fields(model: type[M], fields: dict[str, Any], names: set[str]) -> M:
    """A model of these values, which are its own from now on. `names`: of all its fields; the model's may be shared."""
    made = _new(model)
    _set_values(made, fields)
    _set_given(made, names)
    _set_extra(made, None)
    _set_private(made, None)
    return made
