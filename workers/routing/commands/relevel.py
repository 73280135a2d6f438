"""Another level for one ticket (R23), or new due times of the one that it has. Always counted from `opened_at`.

The group is untouched.
"""

from __future__ import annotations

from datetime import datetime

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
    bare = Sla(contract=contract, level=level, group_id=group_id, severity=severity)
    sla, state, news = _counted(given, bare)
    return Effect(
        ticket={"sla": sla},
        state=state,
        sources={"sla": given.source},
        set_by_command=("sla",) if severity is None else ("sla", "severity"),
        news=news,
        looked=(chosen(given.source, f"contract {contract}, level {level}"),),
    )


def due_anew(given: Given) -> Effect:
    """The same contract and level, due by the calendar and the promises that are live; pauses are kept.

    Also of a level that a person set: the level is theirs, what it promises is the policy's. A level that the
    policy no longer has promises nothing.
    """
    if given.ticket.sla is None:
        return Effect()
    sla, state, news = _counted(given, given.ticket.sla)
    looked = chosen(
        given.source, f"due times of contract {sla.contract}, level {sla.level}, as they are live"
    )
    return Effect(ticket={"sla": sla}, state=state, news=news, looked=(looked,))


def _counted(given: Given, terms: Sla) -> tuple[Sla, dict[str, object], tuple[SlaNews, ...]]:
    """With its due times, the state's fields that change with them, and what SLA readers must know."""
    ticket, clock = given.ticket, given.state.clock
    sla = with_deadlines(terms, ticket.opened_at, ticket.status, clock, given.policy)
    after = rearmed(clock, ticket.sla, clock, sla, ticket.opened_at, given.policy)
    kind = "assigned" if ticket.sla is None else "level-changed"
    news = () if _promise(ticket.sla) == _promise(sla) else (SlaNews(kind, sla),)
    return sla, {} if after == clock else {"clock": after}, news


def _promise(sla: Sla | None) -> tuple[str, str, datetime | None, datetime | None] | None:
    return None if sla is None else (sla.contract, sla.level, sla.respond_due_at, sla.resolve_due_at)
