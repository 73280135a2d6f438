"""The main use case: a batch of deliveries and commands in, the whole effect of their decisions out.

Enrich and route share one transaction (DESIGN part 7). Look-ups are made once for the batch; decisions are pure
and made in the order of the records, each seeing the tickets as those before it left them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from schemas import topics
from schemas.directory_view import ResolvedUser, UserOfMail
from schemas.ticket import TicketState
from workers.ports import BatchOutcome, InRecord, PolicyLog, RouteObserver, TicketPartitions, ViewReader
from workers.processors.directory_lookup import DirectoryFields, DirectoryLookup
from workers.processors.enrich import Enricher
from workers.processors.retired_tickets import retired_fields, retired_in
from workers.processors.route_inputs import (
    Command,
    Delivery,
    Forwarded,
    Item,
    invalid_fields,
    read_command,
    read_delivery,
    read_discarded,
    read_forwarded,
    strange_order,
    taken_up,
)
from workers.processors.route_turn import Facts, RouteTurn
from workers.processors.take_up import TakeUps, original_record, take_up_of
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.identity import Signer
from workers.routing.involved_users import users_of_command, users_of_state
from workers.work_ports import Tracing, Untraced

_YIELD_EVERY = 20
"""Records between two looks at the event loop: heartbeats and other lanes go on beside a big batch."""


@dataclass(frozen=True, slots=True)
class RouteDependencies:
    """What all lanes of a worker share. `directory` makes a lane's own lookup: its cache is for one task."""

    policies: PolicyLog
    directory: Callable[[], DirectoryLookup]
    enricher: Enricher
    signer: Signer
    prefix: str
    partitions: TicketPartitions
    observer: RouteObserver
    tracing: Tracing = field(default_factory=Untraced)


class RouteLogic:
    """`LaneLogic` of one partition of `mail.inbound`, `mail.forwarded` and `tickets.commands`."""

    def __init__(self, partition: int, needs: RouteDependencies) -> None:
        self._partition = partition
        self._needs = needs
        self._directory = needs.directory()
        self._compiled: CompiledPolicy | None = None
        self._readers = {
            topics.MAIL_INBOUND.full_name(needs.prefix): self._read_inbound,
            topics.MAIL_FORWARDED.full_name(needs.prefix): self._read_forwarded,
            topics.TICKETS_COMMANDS.full_name(needs.prefix): self._read_command,
        }

    async def acquire(self) -> None:
        await self._needs.partitions.refresh()
        await self._needs.policies.refresh()
        await self._directory.acquire()

    async def decide(self, batch: Sequence[InRecord], view: ViewReader) -> BatchOutcome:
        policy = self._policy()
        items = await self._read_all(batch)
        facts = await self._look_up(items, policy, view)
        turn = RouteTurn(self._partition, self._needs, policy, facts)
        for number, item in enumerate(items, 1):
            turn.apply(item)
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        return turn.outcome()

    def _policy(self) -> CompiledPolicy:
        """The policy that is live now, compiled once a version."""
        live = self._needs.policies.current
        if self._compiled is None or self._compiled.version != live.version:
            self._compiled = compile_policy(live.policy, live.version)
        return self._compiled

    async def _read_all(self, batch: Sequence[InRecord]) -> list[Item]:
        items: list[Item] = []
        for number, record in enumerate(batch, 1):
            items.append(await self._read(record))
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        return items

    async def _read(self, record: InRecord) -> Item:
        """The record, or the one that it orders to take up again."""
        try:
            order = take_up_of(record)
        except ValidationError as error:
            return strange_order(record, topics.MAIL_FORWARDED.name, invalid_fields(error))
        if order is None:
            return await self._readers[record.topic](record)
        original = original_record(record, order, self._needs.prefix)
        if order.action == "discard":
            return read_discarded(original, order)
        if original.topic not in self._readers:
            return strange_order(record, topics.MAIL_FORWARDED.name, "orders a record of no input")
        return taken_up(await self._readers[original.topic](original), order)

    async def _read_inbound(self, record: InRecord) -> Item:
        return await read_delivery(record, topics.MAIL_INBOUND.name, self._needs.enricher)

    async def _read_forwarded(self, record: InRecord) -> Item:
        return read_forwarded(record, topics.MAIL_FORWARDED.name)

    async def _read_command(self, record: InRecord) -> Item:
        return read_command(record, topics.TICKETS_COMMANDS.name)

    async def _look_up(self, items: Sequence[Item], policy: CompiledPolicy, view: ViewReader) -> Facts:
        """Two round trips: contacts beside tickets, then the users whose rights may be read."""
        tickets = sorted({ticket for item in items if (ticket := _ticket_of(item))})
        fields = {f for item in items if isinstance(item, Delivery) for f in item.prepared.lookups}
        orders = TakeUps.fields_for(item.take_up for item in items if item.take_up)
        directory, values = await asyncio.gather(
            self._directory.read(fields),
            self._read_view([*tickets, *retired_fields(tickets), *orders], view),
        )
        states = {ticket: TicketState.read(values[ticket]) for ticket in tickets if ticket in values}
        users = await self._users(items, policy, states, directory)
        taken = {field: values[field] for field in orders if field in values}
        gone = retired_in(values)
        return Facts(directory=directory, states=states, users=users, taken=taken, gone=gone)

    async def _read_view(self, fields: Sequence[str], view: ViewReader) -> dict[str, bytes]:
        found = zip(fields, await view.read(fields), strict=True)
        return {field: value for field, value in found if value is not None}

    async def _users(
        self,
        items: Sequence[Item],
        policy: CompiledPolicy,
        states: dict[str, TicketState],
        directory: DirectoryFields,
    ) -> dict[str, ResolvedUser]:
        wanted = set(policy.users)
        for state in states.values():
            wanted.update(users_of_state(state))
        wanted.update(
            UserOfMail.read(v).user_id for f, v in directory.values.items() if f.startswith("user-mail/")
        )
        wanted.update(
            i.mail.sender.user_id for i in items if isinstance(i, Forwarded) and i.mail.sender.user_id
        )
        for item in items:
            if isinstance(item, Command):
                wanted.update(users_of_command(item.command))
        return await self._directory.users(sorted(wanted), directory.version)


def _ticket_of(item: Item) -> str | None:
    if isinstance(item, Delivery):
        return item.prepared.inbound.ticket_id
    if isinstance(item, Forwarded):
        return item.mail.ticket_id
    return item.command.ticket_id if isinstance(item, Command) else None
