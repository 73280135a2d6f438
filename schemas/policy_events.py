"""Policies that went live. The document's own model is `schemas.policy.Policy`."""

from pydantic import Field

from schemas.event import Event, UtcTime
from schemas.policy import Policy


class PolicyVersion(Event):
    """A policy in its canonical form; `version` is its SHA-256."""

    version: str
    policy: Policy


class PolicyActivation(Event):
    """From here on this version decides. The last one in the topic holds."""

    version: str
    activated_at: UtcTime
    actor: str = Field(examples=["admin"])
