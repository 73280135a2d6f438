"""Past orders priced again under a candidate policy, beside the prices that were given. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from schemas.directory_view import ResolvedContact, contact_field
from schemas.orders import OrderLine, PlacedOrder, PricedOrder
from schemas.policy_events import PolicyVersion
from schemas.topics import ORDERS_PRICED
from workers.processors.kept_history import Period
from workers.processors.order_report import OrderReport
from workers.processors.policy_archive import PolicyArchive
from workers.processors.topic_reader import TopicReader
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.price_differences import line_changes
from workers.routing.pricing import price_order

Step = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ShadowOrders:
    """What pricing again needs. `directory`: the fields of the directory view, as it is now.

    An order's groups are not kept with its price. `recorded`: only those are compared whose price of then comes
    out again from the policy of then and the directory of now; else whatever the directory changed counts too.
    """

    policies: PolicyArchive
    candidate: CompiledPolicy
    directory: Mapping[str, bytes]
    recorded: bool = True
    group: str | None = None

    async def cast(
        self, reader: TopicReader, period: Period, report: OrderReport, step: Step = lambda _: None
    ) -> None:
        """Count all orders that were priced in the period. Memory does not grow with them."""
        async for record in reader.read(ORDERS_PRICED, since=period.since):
            order = None if period.is_over(record) else _read(record.value)
            if order is not None:
                self._look(order, report)
                step(report.orders)

    def _look(self, order: PricedOrder, report: OrderReport) -> None:
        customer = self._customer(order.customer_id)
        if self.group is not None and not _is_in(customer, self.group):
            return
        changes = list(line_changes(order, _again(order, customer, self.candidate)))
        if changes and self.recorded and not self._comes_out_again(order, customer):
            report.not_comparable += 1
            changes = []
        report.add(order, changes)

    def _comes_out_again(self, order: PricedOrder, customer: ResolvedContact | None) -> bool:
        policy = self.policies.get(order.policy_version)
        return policy is not None and not any(
            True for _ in line_changes(order, _again(order, customer, policy))
        )

    def _customer(self, customer_id: str) -> ResolvedContact | None:
        found = self.directory.get(contact_field(customer_id))
        return None if found is None else ResolvedContact.read(found)


def _again(order: PricedOrder, customer: ResolvedContact | None, policy: CompiledPolicy) -> PricedOrder:
    placed = PlacedOrder(
        order_id=order.order_id,
        customer_id=order.customer_id,
        placed_at=order.placed_at,
        currency=order.currency,
        lines=tuple(OrderLine(sku=line.sku, quantity=line.quantity) for line in order.lines),
    )
    version = PolicyVersion(version=policy.version, policy=policy.policy)
    return price_order(placed, customer, version, order.directory_version)


def _is_in(customer: ResolvedContact | None, group: str) -> bool:
    return customer is not None and any(each.group_id == group for each in customer.groups)


def _read(value: bytes | None) -> PricedOrder | None:
    """None: it cannot be read, or it is none."""
    try:
        return PricedOrder.read(value or b"")
    except ValidationError:
        return None
