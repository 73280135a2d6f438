"""Where a new ticket is handled (R15): by a rule, else the first group with an area, else the process's default."""

from collections.abc import Sequence

from schemas.decision import Looked, Step
from workers.routing.assigned import Assigned
from workers.routing.group_ranking import RankedGroup
from workers.routing.receipts import chosen, lost, missed, step
from workers.routing.rules import Ruled

PROCESS_DEFAULT = "process-default"


def choose_area(
    ranked: Sequence[RankedGroup], process: str, default_area: str, ruled: Ruled
) -> tuple[Assigned, Step]:
    """Decided apart from handler and user group: a row may give the one and leave the other open."""
    looked: list[Looked] = []
    found: Assigned | None = None
    by_rule = ruled.text("area")
    if by_rule is not None:
        found = Assigned(by_rule, ruled.sources["area"])
        looked.append(chosen(found.source, "a field set by a rule beats the groups"))
    for group in ranked:
        row = group.row(process)
        if row is None or row.area is None:
            looked.append(
                missed(group.source, f"no area in its row for {process}" if row else f"no row for {process}")
            )
        elif found is not None:
            looked.append(lost(group.source, f"{found.source} came before"))
        else:
            found = Assigned(row.area, group.source)
            looked.append(chosen(group.source, f"its row for {process} has an area"))
    if found is None:
        found = Assigned(default_area, PROCESS_DEFAULT)
        looked.append(chosen(PROCESS_DEFAULT, f"default area of {process}"))
    return found, step("area", found.value, found.source, looked)
