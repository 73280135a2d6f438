"""The policy as people write it: calendars name a country and a time zone. Becomes `Policy` when compiled."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from schemas.event import Part
from schemas.identifiers import Id
from schemas.open_hours import Hours
from schemas.policy import PolicyBase
from schemas.policy_sla import Contract, Dates


class Holidays(Part):
    """Days on which a calendar is closed: those of a country or its part, plus and minus some dates."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$", description="ISO 3166-1")
    subdivision: str | None = Field(default=None, description="ISO 3166-2 without the country, as BY")
    also: Dates = ()
    except_: Dates = Field(
        default=(), alias="except", description="open although the country's list has them"
    )


def _holidays(value: object) -> object:
    if isinstance(value, str):
        country, _, subdivision = value.partition("-")
        return {"country": country, "subdivision": subdivision or None}
    return {"also": value} if isinstance(value, list | tuple) else value


class CalendarSource(Part):
    """Open hours as written. `holidays`: `CZ`, `DE-BY`, a list of dates, or a mapping of these."""

    time_zone: str = Field(description="IANA name", examples=["Europe/Prague"])
    hours: Hours
    holidays: Annotated[Holidays, BeforeValidator(_holidays)] = Holidays()


class SlaSource(Part):
    calendars: Mapping[Id, CalendarSource] = {}
    contracts: Mapping[Id, Contract] = {}


class PolicyDocument(PolicyBase):
    """The whole file `policy.yaml`."""

    sla: SlaSource = SlaSource()
