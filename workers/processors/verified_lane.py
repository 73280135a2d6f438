"""One lane's decisions made again and compared with what it wrote. Nothing waits here: see `lane_window`."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from schemas.command import SlaEvent
from schemas.decision import RoutingDecision
from schemas.event import Event
from schemas.topics import MESSAGES_PRIVACY_TAGGED, ROUTING_DECISIONS, TICKETS_ROUTED, TICKETS_SLA
from workers.errors import InvalidInput
from workers.ports import InRecord
from workers.processors.kept_inputs import KeptDecision
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

_Published = tuple[str, str, Event]
"""What was published with a receipt: topic, `ce_id`, event."""


class VerifiedLane:
    """`windows`: of the topics that it publishes to, by their names."""

    def __init__(
        self, report: Report, policies: PolicyArchive, signer: Signer, windows: dict[str, LaneWindow]
    ) -> None:
        self._report = report
        self._policies = policies
        self._signer = signer
        self._windows = windows
        self._chain = StateChain()

    def compare(self, kept: KeptDecision) -> Iterator[LaneWindow]:
        """Gives the windows that need more records before it goes on."""
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
            differing = self._report.differing
            for topic, event_id, event in self._compare_receipt(kept, receipt):
                window = self._windows[topic]
                while not window.find(event_id, kept.record.timestamp_ms):
                    yield window
                self._compare_event(window.found, receipt, topic, event)
            self._settle(receipt, differing)

    def finish(self, partition: int) -> None:
        """What the lane wrote that no receipt explains."""
        for topic, window in self._windows.items():
            if window.passed_over:
                self._report.add_unexplained(topic, partition, window.passed_over)

    def _compare_receipt(self, kept: KeptDecision, receipt: KeptReceipt) -> list[_Published]:
        """What is to be compared beside it."""
        written = receipt.state_before
        try:
            before = self._chain.before(receipt.ticket_id, written)
        except ValidationError:
            self._found(kept.record, receipt, ROUTING_DECISIONS.name, ("value",))
            return []
        again = self._again(kept, receipt, before)
        if isinstance(again, Decided | DecidedCommand):
            return self._compare_with(again, kept.record, receipt, written, before)
        if isinstance(again, Forward):
            self._found(kept.record, receipt, ROUTING_DECISIONS.name, ("ticket_id",))
        else:
            self._found(kept.record, receipt, again, ())
        self._skip_events()
        return []

    def _compare_with(
        self,
        again: Decided | DecidedCommand,
        record: InRecord,
        receipt: KeptReceipt,
        written: bytes | None,
        before: StateBefore,
    ) -> list[_Published]:
        """`written`: the state before, as the receipt has it."""
        if fields := _differing(again.receipt, record.value or b"", written, before):
            self._found(record, receipt, ROUTING_DECISIONS.name, fields)
        if not before.links:
            self._found(record, receipt, ROUTING_DECISIONS.name, ("state_before",))
        is_gone = isinstance(again, DecidedCommand) and again.retired is not None
        self._chain.left(receipt.ticket_id, None if is_gone else again.state or before.state)
        return _published(again)

    def _compare_event(
        self, written: InRecord | None, receipt: KeptReceipt, topic: str, event: Event
    ) -> None:
        if written is not None and (fields := differing_fields(event, written.value or b"")):
            self._found(written, receipt, topic, fields)

    def _settle(self, receipt: KeptReceipt, differing: int) -> None:
        """`differing`: what the report had before the decision."""
        if self._report.differing == differing:
            self._report.same += 1
        if self._report.differing > differing or receipt.decider_version != DECIDER_VERSION:
            self._chain.forget(receipt.ticket_id)  # what it left is not what this program would leave

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


def _published(again: Decided | DecidedCommand) -> list[_Published]:
    ticket = again.ticket
    tags = [
        (MESSAGES_PRIVACY_TAGGED.name, f"{tag.delivery_id}:{tag.tag_revision}", tag) for tag in again.tags
    ]
    slas = [(TICKETS_SLA.name, _sla_id(event), event) for event in again.sla_events]
    if ticket is None:
        return [*tags, *slas]
    return [(TICKETS_ROUTED.name, f"{ticket.ticket_id}:{ticket.revision}", ticket), *tags, *slas]


def _sla_id(event: SlaEvent) -> str:
    return f"{event.ticket_id}:{event.revision}:{event.kind}:{event.clock or '-'}"
