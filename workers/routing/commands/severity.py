"""Severity is evaluated (R22, R23): the contract's level of that severity, up or down, counted from the start."""

from __future__ import annotations

from workers.routing.commands.effect import Effect, Given, Refusal
from workers.routing.commands.relevel import relevel


def evaluate_severity(given: Given) -> Effect | Refusal:
    """`value`: the severity. One that the contract does not map is refused; so is one of a ticket without SLA."""
    severity, sla = given.command.value, given.ticket.sla
    if not isinstance(severity, str) or not severity:
        return Refusal("value must be a severity")
    if sla is None:
        return Refusal("the ticket has no SLA")
    contract = given.policy.policy.sla.contracts.get(sla.contract)
    level = contract.severities.get(severity) if contract else None
    if level is None:
        return Refusal("the contract has no level for this severity")
    return relevel(given, sla.contract, level, severity, group_id=sla.group_id)
