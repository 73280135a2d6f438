"""What is written about a record that cannot be processed, or that somebody gives up (P8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from schemas.command import CommandResult
from schemas.dead_letter import DeadLetter
from schemas.decision import RoutingDecision
from schemas.mail import EnrichedMail
from schemas.take_up import TakeUp
from workers.processors.route_inputs import (
    Command,
    Discarded,
    Forwarded,
    Item,
    Poison,
    source_of,
    strange_order,
    taken_up,
)
from workers.routing.decider_version import DECIDER_VERSION


@dataclass(frozen=True, slots=True)
class Versions:
    """What was live when it was decided."""

    policy: str
    directory: str


def dead_lettered_receipt(poison: Poison, versions: Versions) -> RoutingDecision:
    return RoutingDecision(
        delivery_id=poison.delivery_id,
        command_id=poison.command_id,
        ticket_id=poison.ticket_id,
        outcome="dead-lettered",
        attempt=poison.attempt,
        supersedes=poison.take_up.supersedes if poison.take_up else None,
        source=poison.source,
        revision=None,
        policy_version=versions.policy,
        directory_version=versions.directory,
        decider_version=DECIDER_VERSION,
        reason=f"{poison.stage}: {poison.reason}",
    )


def discarded_receipt(item: Discarded, versions: Versions) -> RoutingDecision:
    order = item.take_up
    return RoutingDecision(
        delivery_id=item.delivery_id,
        command_id=item.command_id,
        ticket_id=item.ticket_id,
        outcome="discarded",
        attempt=order.attempt,
        supersedes=order.supersedes,
        source=order.source,
        revision=None,
        policy_version=versions.policy,
        directory_version=versions.directory,
        decider_version=DECIDER_VERSION,
        reason=f"discarded by {order.actor}",
    )


def of_attempt(mail: EnrichedMail, order: TakeUp | None) -> EnrichedMail:
    """The mail as it is decided by an order: the receipt has the order's attempt."""
    if order is None:
        return mail
    return mail.model_copy(update={"attempt": order.attempt, "supersedes": order.supersedes})


def as_poison(item: Item, reason: str) -> Poison:
    """Any record as one that nothing can be decided on, through a fault of ours."""
    poison = _poison_of(item, reason)
    return poison if item.take_up is None else cast("Poison", taken_up(poison, item.take_up))


def _poison_of(item: Item, reason: str) -> Poison:
    if isinstance(item, Poison):
        return item
    if isinstance(item, Discarded):
        return strange_order(item.record, item.take_up.record.topic, reason)
    if isinstance(item, Command):
        return Poison(
            record=item.record,
            stage="command",
            reason=reason,
            own_fault=True,
            source=source_of(item.record, "tickets.commands"),
            ticket_id=item.command.ticket_id,
            command_id=item.command.command_id,
            command_kind=item.command.kind,
        )
    source = item.mail.source if isinstance(item, Forwarded) else source_of(item.record, "mail.inbound")
    mail = item.mail if isinstance(item, Forwarded) else item.prepared.inbound
    return Poison(
        record=item.record,
        stage="route",
        reason=reason,
        own_fault=True,
        source=source,
        ticket_id=mail.ticket_id,
        delivery_id=mail.delivery_id,
        attempt=item.mail.attempt if isinstance(item, Forwarded) else 0,
    )


def letter_of(poison: Poison, at: datetime) -> DeadLetter:
    record = poison.record
    return DeadLetter(
        delivery_id=poison.delivery_id,
        stage=poison.stage,
        reason=poison.reason,
        own_fault=poison.own_fault,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        attempt=poison.attempt,
        at=at,
    )


def refusal_of(poison: Poison, command_id: str, at: datetime) -> CommandResult:
    return CommandResult(
        command_id=command_id,
        ticket_id=poison.ticket_id,
        kind=poison.command_kind,
        accepted=False,
        reason=poison.reason,
        revision=None,
        at=at,
    )
