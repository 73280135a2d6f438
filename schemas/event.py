"""What all events have in common: frozen, strict when written, tolerant when read.

Within v1 a model only grows: we forbid unknown fields in what we write, and ignore them in what we read, so
that old and new versions run side by side. Enums are open (plain strings) for the same reason; the words we
use ourselves are in `schemas.vocabulary`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


def _sorted_set(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


UtcTime = Annotated[AwareDatetime, AfterValidator(_utc)]
"""RFC 3339, UTC."""

IdSet = Annotated[tuple[str, ...], AfterValidator(_sorted_set)]
"""A set of ids, written as a sorted list so that equal sets are equal bytes."""


class Part(BaseModel):
    """A frozen piece of an event. Unknown fields are refused unless `Event.read` reads it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Event(Part):
    """A value on a topic, as UTF-8 JSON."""

    @classmethod
    def read(cls, value: bytes | str) -> Self:
        """Parse a record's value. Raises `pydantic.ValidationError`; unknown fields are ignored."""
        return cls.model_validate_json(value, extra="ignore")

    def write(self) -> bytes:
        """The record's value. Equal events give equal bytes."""
        return self.__pydantic_serializer__.to_json(
            self
        )  # as model_dump_json does, without a turn through `str`

    def write_without(self, field: str) -> bytes:
        """The value as it would be written if the model had no such field."""
        return self.__pydantic_serializer__.to_json(self, exclude={field})


def id_set(values: Iterable[str]) -> tuple[str, ...]:
    """The canonical form of a set of ids."""
    return tuple(sorted(set(values)))
