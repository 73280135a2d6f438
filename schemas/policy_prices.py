"""Prices of the policy: lists with quantity breaks (R30-R32), and the products' own prices (R33)."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from schemas.event import Part, UtcTime
from schemas.identifiers import Id

Price = Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,6})?$", examples=["9.90"])]
"""A decimal number as a string, without sign, unit or exponent."""
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _begin_of(value: object) -> object:
    """A date stands for its first instant, in UTC."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        return datetime.combine(date.fromisoformat(value), time(), UTC)
    return value


def _end_of(value: object) -> object:
    """A date is meant with its whole day."""
    begin = _begin_of(value)
    return begin + timedelta(days=1) if isinstance(begin, datetime) and begin is not value else value


ValidFrom = Annotated[UtcTime, BeforeValidator(_begin_of)]
ValidUntil = Annotated[UtcTime, BeforeValidator(_end_of)]


class PriceBreak(Part):
    """The unit price from this quantity on."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    from_: StrictInt = Field(alias="from", ge=1)
    price: Price


def _by_quantity(breaks: tuple[PriceBreak, ...]) -> tuple[PriceBreak, ...]:
    if len({each.from_ for each in breaks}) < len(breaks):
        raise ValueError("the same quantity twice: one price for each")
    return tuple(sorted(breaks, key=lambda each: each.from_))


Breaks = Annotated[tuple[PriceBreak, ...], Field(min_length=1), AfterValidator(_by_quantity)]


class PriceList(Part):
    """Unit prices by item, by rising quantity. The higher priority wins (R32).

    Valid from an instant (inclusive) until another (exclusive), by the order's own time. Written as a date, in
    UTC: `valid_until: 2026-12-31` holds that whole day.
    """

    priority: StrictInt = 0
    currency: Currency
    valid_from: ValidFrom | None = None
    valid_until: ValidUntil | None = None
    items: Mapping[Id, Breaks] = {}

    @model_validator(mode="after")
    def _is_valid_some_time(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("is never valid: valid_from is not before valid_until")
        return self


class Product(Part):
    """An item's own price, where no list has it."""

    price: Price
    currency: Currency
