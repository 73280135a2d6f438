"""Ids that people write in policy and directory, and values given once or as a list."""

from collections.abc import Iterable
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"

Id = Annotated[str, Field(pattern=ID_PATTERN, examples=["key-accounts"])]
"""No colon and no slash: ids stand in flags (`kind:id`), sources (`group:id`) and keys (`kind/id`)."""

T = TypeVar("T", bound=str)


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _sorted_set(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(sorted(set(values)))


OneOrMany = BeforeValidator(_one_or_many)
"""A single string stands for a list of one."""
AsSet = AfterValidator(_sorted_set)
"""Order and repetition mean nothing: kept as a sorted tuple, so equal sets are equal bytes."""

Ids = Annotated[tuple[Id, ...], OneOrMany, AsSet]
