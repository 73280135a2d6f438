"""What can be asked of `why-not`, and its answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.ticket import RoutedTicket
from workers.errors import InvalidInput
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.directory_entities import DirectoryEntities

_NAMED = 20
_CALLED: Mapping[str, str] = {
    "group": "contact group",
    "handler": "user",
    "area": "area",
    "level": "service level",
    "viewer": "user",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """`field`: group, handler, area, level or viewer."""

    field: str
    value: str

    def holds(self, ticket: RoutedTicket) -> bool:
        match self.field:
            case "group":
                return self.value in ticket.groups
            case "level":
                return ticket.sla is not None and ticket.sla.level == self.value
            case _:
                return bool(getattr(ticket, self.field) == self.value)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """`given` by the mail's decision, or `changes` each of which would have given it: (where, what) that are needed
    together. `now`: whether the ticket has it as it stands, whatever came after that decision."""

    ticket_id: str
    delivery_id: str | None
    asked: Asked
    given: bool
    now: bool
    changes: tuple[tuple[tuple[str, str], ...], ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "ticket_id": self.ticket_id,
            "delivery_id": self.delivery_id,
            self.asked.field: self.asked.value,
            "given": self.given,
            "now": self.now,
            "changes": [[{"where": where, "what": what} for where, what in each] for each in self.changes],
        }


def check_name(asked: Asked, directory: DirectoryEntities, policies: Sequence[CompiledPolicy]) -> None:
    """What nobody has heard of can't be given, and no change that names it is an answer. Raises `InvalidInput`.

    `policies`: the one of the decision, and the live one.
    """
    contracts = (each for policy in policies for each in policy.policy.sla.contracts.values())
    known: Mapping[str, Collection[str]] = {
        "group": directory.contact_groups,
        "handler": directory.users,
        "area": {*directory.areas, *(area for policy in policies for area in policy.areas)},
        "level": {level for contract in contracts for level in contract.levels},
        "viewer": directory.users,
    }
    names = known[asked.field]
    if asked.value not in names:
        some = ", ".join(sorted(names)[:_NAMED]) or "none"
        more = ", …" if len(names) > _NAMED else ""
        raise InvalidInput(
            f"There is no {_CALLED[asked.field]} {asked.value[:64]!r}. Known are {some}{more}."
        )
