"""Which SLA a new ticket gets (R20-R24): contract and default level of the first customers' group that has one."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.decision import Looked, Step
from schemas.ticket import Sla
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.group_ranking import RankedGroup
from workers.routing.receipts import chosen, ignored, lost, missed, step


def assign_sla(
    ranked: Sequence[RankedGroup], process: str, policy: CompiledPolicy
) -> tuple[Sla | None, Step]:
    """Only where the process has SLAs. The level holds until severity is evaluated (R22). Without due times yet."""
    known = policy.process(process)
    if known is None or not known.sla:
        return None, step("sla", None, "process-default", (ignored(f"process:{process}", "has no SLA"),))
    giver, looked = _giver(ranked)
    if giver is None or giver.conditions.sla is None:
        return None, step("sla", None, "no group has a contract", looked)
    terms = giver.conditions.sla
    sla = Sla(contract=terms.contract, level=terms.default_level, group_id=giver.id)
    return sla, step("sla", f"{sla.contract} {sla.level}", giver.source, looked)


def _giver(ranked: Sequence[RankedGroup]) -> tuple[RankedGroup | None, tuple[Looked, ...]]:
    looked: list[Looked] = []
    giver: RankedGroup | None = None
    for group in ranked:
        if group.conditions.sla is None:
            looked.append(missed(group.source, "no SLA contract"))
        elif not group.is_customers:
            looked.append(ignored(group.source, f"{group.type}: only customers' groups give an SLA"))
        elif giver is not None:
            looked.append(lost(group.source, f"{giver.source} came before"))
        else:
            giver = group
            looked.append(chosen(group.source, "contract and default level of a new ticket"))
    return giver, tuple(looked)
