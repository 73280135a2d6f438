"""The SLA of one ticket is changed (R23): contract and level by name."""

from __future__ import annotations

from workers.routing.commands.effect import Effect, Given, Refusal
from workers.routing.commands.relevel import relevel


def change_sla(given: Given) -> Effect | Refusal:
    """`value`: {contract, level}, or the level of the ticket's present contract."""
    value, sla = given.command.value, given.ticket.sla
    if isinstance(value, str) and sla is not None:
        value = {"contract": sla.contract, "level": value}
    if not isinstance(value, dict) or set(value) - {"contract", "level"}:
        return Refusal("value must be {contract, level}")
    contract = value.get("contract", sla.contract if sla else None)
    level = value.get("level")
    if not isinstance(contract, str) or not isinstance(level, str):
        return Refusal("value must be {contract, level}")
    return relevel(given, contract, level, sla.severity if sla else None, group_id=None)
