"""P3 over the kept history: every decision is made again from its recorded inputs, and compared bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

from pydantic import ValidationError

from schemas.decision import RoutingDecision
from schemas.event import Event
from schemas.topics import MESSAGES_PRIVACY_TAGGED, ROUTING_DECISIONS, TICKETS_ROUTED, TICKETS_SLA, Topic
from workers.errors import InvalidInput
from workers.ports import InRecord
from workers.processors.kept_history import KeptDecision, KeptHistory, event_id
from workers.processors.kept_receipt import KeptReceipt
from workers.processors.lane_window import LaneWindow
from workers.processors.policy_archive import PolicyArchive
from workers.processors.state_chain import StateBefore, StateChain
from workers.processors.verification_report import Difference, Report
from workers.routing.apply_command import DecidedCommand
from workers.routing.comparison import differing_fields, is_same_receipt
from workers.routing.decide_again import Redecided, decide_again
from workers.routing.decider_version import DECIDER_VERSION
from workers.routing.identity import Signer
from workers.routing.outcome import Decided, Forward

_COMPARED: tuple[Topic[Event], ...] = (TICKETS_ROUTED, MESSAGES_PRIVACY_TAGGED, TICKETS_SLA)

Step = Callable[[int], None]


async def verify(
    history: KeptHistory,
    policies: PolicyArchive,
    signer: Signer,
    partitions: list[int] | None = None,
    step: Step = lambda _: None,
) -> Report:
    """All decisions of the period, in these partitions (None: in all). `step` is told how many were compared.

    Receipts are compared with the decision made again, and with them the events that they explain: tickets and
    SLA events and tags. What compaction or retention took away is not missed. Raises `DependencyUnavailable`.
    """
    report = Report()
    for partition in await history.partitions() if partitions is None else partitions:
        async with AsyncExitStack() as stack:
            windows = {
                topic.name: await stack.enter_async_context(history.window(topic, partition, event_id))
                for topic in _COMPARED
            }
            lane = _Lane(report, policies, signer, windows)
            async for kept in history.decisions(partition):
                await lane.compare(kept)
                step(report.decisions)
            lane.finish(partition)
    return report


class _Lane:
    def __init__(
        self, report: Report, policies: PolicyArchive, signer: Signer, windows: dict[str, LaneWindow]
    ) -> None:
        self._report = report
        self._policies = policies
        self._signer = signer
        self._windows = windows
        self._chain = StateChain()

    async def compare(self, kept: KeptDecision) -> None:
        self._report.decisions += 1
        receipt = kept.receipt
        if receipt is None:
            self._found(kept.record, None, ROUTING_DECISIONS.name, ("value",))
        elif not receipt.was_decided:
            self._report.not_decided_by_rules += 1
        elif kept.cause is None and not kept.input_lost:
            self._report.inputs_no_longer_kept += 1
            self._chain.forget(receipt.ticket_id)
            self._skip_events()
        else:
            await self._compare(kept, receipt)

    def finish(self, partition: int) -> None:
        """What the lane wrote that no receipt explains."""
        for topic, window in self._windows.items():
            if window.passed_over:
                self._report.add_unexplained(topic, partition, window.passed_over)

    async def _compare(self, kept: KeptDecision, receipt: KeptReceipt) -> None:
        differing = self._report.differing
        try:
            before = self._chain.before(receipt.ticket_id, receipt.state_before)
        except ValidationError:
            self._found(kept.record, receipt, ROUTING_DECISIONS.name, ("value",))
            return
        again = self._again(kept, receipt, before)
        if isinstance(again, str):
            self._found(kept.record, receipt, again, ())
            self._skip_events()
        elif isinstance(again, Forward):
            self._found(kept.record, receipt, ROUTING_DECISIONS.name, ("ticket_id",))
            self._skip_events()
        else:
            await self._compare_all(kept.record, receipt, before, again)
        if self._report.differing == differing:
            self._report.same += 1
        if self._report.differing > differing or receipt.decider_version != DECIDER_VERSION:
            self._chain.forget(receipt.ticket_id)  # what it left is not what this program would leave

    async def _compare_all(
        self, record: InRecord, receipt: KeptReceipt, before: StateBefore, again: Decided | DecidedCommand
    ) -> None:
        if fields := _differing(again.receipt, record.value or b"", receipt.state_before, before):
            self._found(record, receipt, ROUTING_DECISIONS.name, fields)
        if not before.links:
            self._found(record, receipt, ROUTING_DECISIONS.name, ("state_before",))
        is_gone = isinstance(again, DecidedCommand) and again.retired is not None
        self._chain.left(receipt.ticket_id, None if is_gone else again.state or before.state)
        for topic, key, event in _events(again):
            await self._compare_event(record, receipt, topic, key, event)

    async def _compare_event(
        self, record: InRecord, receipt: KeptReceipt, topic: str, key: str, event: Event
    ) -> None:
        written = await self._windows[topic].find(key, record.timestamp_ms)
        if written is not None and (fields := differing_fields(event, written.value or b"")):
            self._found(written, receipt, topic, fields)

    def _skip_events(self) -> None:
        """Which events the decision explains is not known."""
        for window in self._windows.values():
            window.skip()

    def _again(self, kept: KeptDecision, receipt: KeptReceipt, before: StateBefore) -> Redecided | str:
        """The decision, or what makes it impossible."""
        policy = self._policies.get(receipt.policy_version)
        if kept.cause is None:
            return "the input is lost"
        if policy is None:
            return "the policy is lost"
        try:
            return decide_again(kept.cause, receipt, before.state, policy, self._signer)
        except LookupError:
            return "another right is asked for"
        except InvalidInput:
            return "the input is refused"

    def _found(
        self, record: InRecord, receipt: KeptReceipt | None, what: str, fields: tuple[str, ...]
    ) -> None:
        version = receipt.decider_version if receipt else DECIDER_VERSION
        self._report.add(
            Difference(
                what=what,
                partition=record.partition,
                offset=record.offset,
                ticket_id=receipt.ticket_id if receipt else (record.key or b"").decode("ascii", "replace"),
                decider_version=version,
                fields=fields,
                by_other_code=version != DECIDER_VERSION and what != "the input is lost",
            )
        )


def _differing(
    again: RoutingDecision, written: bytes, state_before: bytes | None, before: StateBefore
) -> tuple[str, ...]:
    if before.is_canonical and is_same_receipt(again, written, state_before):
        return ()
    return differing_fields(again, written)


def _events(again: Decided | DecidedCommand) -> Iterator[tuple[str, str, Event]]:
    """What was published with the receipt: topic, `ce_id`, event."""
    if again.ticket is not None:
        yield TICKETS_ROUTED.name, f"{again.ticket.ticket_id}:{again.ticket.revision}", again.ticket
    for tag in again.tags:
        yield MESSAGES_PRIVACY_TAGGED.name, f"{tag.delivery_id}:{tag.tag_revision}", tag
    for sla in again.sla_events:
        key = f"{sla.ticket_id}:{sla.revision}:{sla.kind}:{sla.clock or '-'}"
        yield TICKETS_SLA.name, key, sla
