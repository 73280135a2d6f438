"""A field's value with its source."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assigned:
    """`source`: `group:ID`, `mailbox:ADDRESS`, `process-default`, `rule:ID` or `command:ID`."""

    value: str
    source: str
