"""The usual policy with one thing changed, for tests that compare policies."""

from __future__ import annotations

from typing import Any

from schemas.policy import Policy
from tests.support.routing_builders import a_policy, an_office


def with_level(name: str = "silver", **terms: str | None) -> Policy:
    """Another promise of one level of the contract `premium`."""
    return with_sla(level=(name, terms))


def with_hours(**calendar: Any) -> Policy:
    """Another calendar `office`."""
    return with_sla(calendar=calendar)


def with_sla(
    level: tuple[str, dict[str, Any]] | None = None, calendar: dict[str, Any] | None = None
) -> Policy:
    policy = a_policy().policy
    sla = policy.sla.model_dump(mode="json")
    if level is not None:
        sla["contracts"]["premium"]["levels"][level[0]] |= level[1]
    if calendar is not None:
        sla["calendars"]["office"] = an_office(**calendar)
    return Policy.model_validate({**policy.model_dump(mode="json"), "sla": sla})
