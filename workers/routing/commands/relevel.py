"""Another level for one ticket (R23): new due times, always counted from `opened_at`. The group is untouched."""

from __future__ import annotations

from schemas.ticket import Sla
from workers.routing.commands.effect import Effect, Given, Refusal, SlaNews
from workers.routing.deadlines import rearmed, with_deadlines
from workers.routing.receipts import chosen


def relevel(
    given: Given, contract: str, level: str, severity: str | None, group_id: str | None
) -> Effect | Refusal:
    """The effect of a new contract or level; refused where the policy does not have it."""
    if given.policy.level(contract, level) is None:
        return Refusal("the policy has no such contract and level")
    ticket, clock = given.ticket, given.state.clock
    bare = Sla(contract=contract, level=level, group_id=group_id, severity=severity)
    sla = with_deadlines(bare, ticket.opened_at, ticket.status, clock, given.policy)
    kind = "assigned" if ticket.sla is None else "level-changed"
    same = ticket.sla is not None and (ticket.sla.contract, ticket.sla.level) == (contract, level)
    after = rearmed(clock, ticket.sla, clock, sla, ticket.opened_at, given.policy)
    return Effect(
        ticket={"sla": sla},
        state={} if after == clock else {"clock": after},
        sources={"sla": given.source},
        set_by_command=("sla",) if severity is None else ("sla", "severity"),
        news=() if same else (SlaNews(kind, sla),),
        looked=(chosen(given.source, f"contract {contract}, level {level}"),),
    )
